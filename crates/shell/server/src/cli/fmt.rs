//! `rappel fmt`: the files of a folder in the layout of the manual.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use rappel_ivr::{Lang, layout, words};

use super::lang::Spoken;
use super::place;

/// Put flows and tables into the layout of the manual; comments stay
///
/// One empty line between steps, `key = value` in columns, the verb first and the other keys in the
/// order of the manual, comments behind a line in one column. Nothing of what a file says changes:
/// the values are compared before anything is written. A file that is not TOML is shown with the
/// place and left alone. Files are replaced in one instant; owner and mode stay.
///
///     rappel fmt                         every table and flow of the folder `.`
///     rappel fmt --config /etc/rappel
///     rappel fmt tenants/garage/flows/accueil.toml
///     rappel fmt - < accueil.toml        from the standard input to the standard output
///     rappel fmt --check                 writes nothing; exit status 1 when something would change
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct FmtArgs {
    /// Files, or folders for all `.toml` files below; `-` for the standard input.
    #[arg(value_name = "FILE", conflicts_with = "config")]
    files: Vec<PathBuf>,
    /// The folder of `tenants/` and `shared/`: all files of all tenants.
    #[arg(long, value_name = "DIR")]
    config: Option<PathBuf>,
    /// Only tell which files would change; exit status 1 when there are any.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    spoken: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &FmtArgs) -> ExitCode {
    let lang = args.spoken.lang();
    if let [only] = &args.files[..]
        && only.as_os_str() == "-"
    {
        return through(args.check, lang);
    }
    let files = match chosen(args) {
        Ok(files) => files,
        Err(why) => {
            eprintln!("rappel: {why}");
            return ExitCode::FAILURE;
        }
    };
    let (mut changed, mut refused) = (0, 0);
    let mut told = String::new();
    for path in &files {
        match one(path, args.check, lang) {
            Ok(false) => {}
            Ok(true) => {
                changed += 1;
                told += &format!("{}\n", path.display());
            }
            Err(why) => {
                refused += 1;
                eprintln!("{why}\n");
            }
        }
    }
    let said = summary(files.len(), changed, refused, args.check);
    told += &format!("{}\n", said.in_lang(lang));
    let told = place::exit(Ok(told));
    if told != ExitCode::SUCCESS {
        told
    } else if refused > 0 || (args.check && changed > 0) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn summary(files: usize, changed: usize, refused: usize, check: bool) -> rappel_ivr::Words {
    if check {
        words!(
            "read: {files}; to lay out: {changed}; refused: {refused}",
            "lus : {files} ; à mettre en forme : {changed} ; refusés : {refused}"
        )
    } else {
        words!(
            "read: {files}; laid out: {changed}; refused: {refused}",
            "lus : {files} ; mis en forme : {changed} ; refusés : {refused}"
        )
    }
}

/// From the standard input to the standard output.
fn through(check: bool, lang: Lang) -> ExitCode {
    let mut text = String::new();
    let read = io::stdin().read_to_string(&mut text);
    let result = read
        .map_err(|error| format!("rappel: -: {error}"))
        .and_then(|_| laid_out("-", &text, lang));
    match result {
        Ok(shown) if check => {
            let same = shown == text;
            if same {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Ok(shown) => place::exit(Ok(shown)),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// The files that are meant, each once.
fn chosen(args: &FmtArgs) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    if args.files.is_empty() {
        let config = args.config.clone().unwrap_or_else(|| PathBuf::from("."));
        let folders = ["tenants", "shared"].map(|name| config.join(name));
        if folders.iter().all(|folder| !folder.is_dir()) {
            return Err(format!(
                "{}: there is no folder tenants/ or shared/ in it; name files, or --config DIR",
                config.display()
            ));
        }
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            below(folder, 0, &mut found)?;
        }
    }
    for path in &args.files {
        if path.is_dir() {
            below(path, 0, &mut found)?;
        } else {
            found.push(path.clone());
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The TOML files below a folder; hidden ones are not ours.
fn below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let failed = |error: io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() && depth < MAX_DEPTH {
            below(&path, depth + 1, found)?;
        } else if path.is_file() && name.ends_with(".toml") {
            found.push(path);
        }
    }
    Ok(())
}

/// Lays out one file; true when it changed or would.
fn one(path: &Path, check: bool, lang: Lang) -> Result<bool, String> {
    let failed = |error: io::Error| format!("rappel: {}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(failed)?;
    let shown = laid_out(&path.display().to_string(), &text, lang)?;
    if shown == text {
        return Ok(false);
    }
    if !check {
        replace(path, &shown).map_err(failed)?;
    }
    Ok(true)
}

fn laid_out(name: &str, text: &str, lang: Lang) -> Result<String, String> {
    layout(name, text).map_err(|problems| {
        let shown = problems.iter().map(|p| p.shown(lang).to_string());
        shown.collect::<Vec<_>>().join("\n\n")
    })
}

/// Replaces a file as a whole: whoever reads it meets the old text or the new one. A link stays a
/// link to the file that changes.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = write_like(&path, &beside, text).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // What is left of the attempt is of no use; the error that matters is the first one.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Writes a new file with the owner and the mode of an old one, and waits for the disk.
fn write_like(old: &Path, new: &Path, text: &str) -> io::Result<()> {
    let like = fs::metadata(old)?;
    let mut file = File::create_new(new)?;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        chown(new, Some(like.uid()), Some(like.gid()))?;
    }
    file.set_permissions(like.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// How deep folders are looked into.
const MAX_DEPTH: usize = 6;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_replaced_with_its_mode_and_through_its_link() {
        let folder = std::env::temp_dir().join(format!("rappel-fmt-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (file, link) = (folder.join("a.toml"), folder.join("b.toml"));
        fs::write(&file, "a=1 # é\r\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("a.toml", &link).unwrap();
        assert_eq!(one(&link, true, Lang::En), Ok(true));
        assert_eq!(fs::read_to_string(&file).unwrap(), "a=1 # é\r\n", "--check");
        assert_eq!(one(&link, false, Lang::En), Ok(true));
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("a = 1  ") && text.ends_with("# é\r\n"),
            "{text}"
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert_eq!(one(&link, false, Lang::En), Ok(false), "nothing more to do");
        fs::write(&file, "a = [").unwrap();
        let why = one(&file, false, Lang::Fr).unwrap_err();
        assert!(
            why.contains("erreur[R001]") && why.contains("a.toml:1"),
            "{why}"
        );
        assert_eq!(fs::read_to_string(&file).unwrap(), "a = [");
        assert_eq!(
            fs::read_dir(&folder).unwrap().count(),
            2,
            "nothing is left beside"
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
