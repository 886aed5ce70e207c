//! `rappel manual`: the operator's manual, as it stands in `docs/manual`, from the binary itself.

use std::io::{IsTerminal, Write};
use std::process::{Command, ExitCode, Stdio};

use clap::Args;
use rappel_ivr::{Lang, Words, words};

use super::lang::Spoken;
use super::place;

/// Read the operator's manual, in French or English
///
/// Without a chapter: the table of contents. A chapter is named by its number or by a word of its
/// title. On a terminal it is shown page by page by the program that PAGER names, `less` otherwise.
///
///     rappel manual
///     rappel manual 3
///     rappel manual horaires --lang fr
///     rappel manual all > manual.md
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ManualArgs {
    /// The number of the chapter, a word of its title, or `all`.
    chapter: Option<String>,
    #[command(flatten)]
    spoken: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &ManualArgs) -> ExitCode {
    let lang = args.spoken.lang();
    match text(args.chapter.as_deref(), lang) {
        Ok(text) if std::io::stdout().is_terminal() && paged(&text) => ExitCode::SUCCESS,
        Ok(text) => place::exit(Ok(text)),
        Err(why) => place::exit(Err(why.in_lang(lang).to_owned())),
    }
}

/// One chapter of the manual.
struct Chapter {
    /// `03-hours`.
    file: &'static str,
    text: &'static str,
}

impl Chapter {
    /// Its first line: `3. Opening hours`.
    fn title(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches('#').trim()
    }

    /// Whether `wanted` is its number, or a word of its title or of its file's name.
    fn is(&self, wanted: &str) -> bool {
        let number = self.file.split('-').next().unwrap_or_default();
        if !wanted.is_empty() && wanted.bytes().all(|b| b.is_ascii_digit()) {
            return wanted.trim_start_matches('0') == number.trim_start_matches('0');
        }
        let wanted = wanted.to_lowercase();
        let title = self.title().to_lowercase();
        let mut words = title.split(|c: char| !c.is_alphanumeric());
        !wanted.is_empty()
            && (words.any(|word| word == wanted) || self.file.split('-').any(|word| word == wanted))
    }
}

/// The chapters in the language of the reader, in order.
fn chapters(lang: Lang) -> Vec<Chapter> {
    let folder = match lang {
        Lang::En => "en/",
        Lang::Fr => "fr/",
    };
    let files = files::FILES.iter().filter_map(|(path, text)| {
        let file = path.strip_prefix(folder)?.strip_suffix(".md")?;
        Some(Chapter { file, text })
    });
    files.collect()
}

/// What is to be read.
fn text(wanted: Option<&str>, lang: Lang) -> Result<String, Words> {
    let chapters = chapters(lang);
    let titles: Vec<_> = chapters.iter().map(Chapter::title).collect();
    let Some(wanted) = wanted else {
        let heading = words!(
            "The operator's manual of Rappel",
            "Le manuel de l'opérateur de Rappel"
        );
        let how = words!(
            "Read one:  rappel manual 1",
            "Pour en lire un :  rappel manual 1"
        );
        return Ok(format!(
            "{}\n\n  {}\n\n{}\n",
            heading.in_lang(lang),
            titles.join("\n  "),
            how.in_lang(lang)
        ));
    };
    if wanted == "all" {
        let texts = chapters.iter().map(|chapter| plain(chapter.text));
        return Ok(texts.collect::<Vec<_>>().join("\n\n"));
    }
    let found = chapters.iter().find(|chapter| chapter.is(wanted));
    found.map(|chapter| plain(chapter.text)).ok_or_else(|| {
        let list = titles.join("\n  ");
        words!(
            "no chapter is called \"{wanted}\"; there are:\n  {list}",
            "aucun chapitre ne s'appelle « {wanted} » ; il y a :\n  {list}"
        )
    })
}

/// A chapter for a terminal: examples set off by four spaces instead of fences, each file under its
/// name, and nothing that only the tests of the manual read.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    let mut in_example = false;
    for line in text.lines() {
        if let Some(info) = line.strip_prefix("```") {
            in_example = !in_example;
            let names = ["file=", "add=", "part="];
            let file = names.iter().find_map(|name| info.split_once(name));
            if let Some((_, file)) = file {
                shown.push_str(&format!("    ---- {file}\n"));
            }
        } else if in_example {
            shown.push_str(format!("    {line}").trim_end());
            shown.push('\n');
        } else if !line.starts_with("<!--") {
            shown.push_str(line);
            shown.push('\n');
        }
    }
    shown
}

/// Shows the text page by page; false when no program for that can be started.
fn paged(text: &str) -> bool {
    let pager = std::env::var("PAGER").unwrap_or_default();
    let mut words = pager.split_whitespace();
    let program = words.next().unwrap_or("less");
    let child = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        return false;
    };
    if let Some(mut input) = child.stdin.take() {
        // A reader who has seen enough closes the pipe.
        let _ = input.write_all(text.as_bytes());
    }
    child.wait().is_ok()
}

mod files {
    include!(concat!(env!("OUT_DIR"), "/manual_files.rs"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contents_name_every_chapter_in_both_languages() {
        for lang in [Lang::En, Lang::Fr] {
            let contents = text(None, lang).unwrap();
            let chapters = chapters(lang);
            assert!(chapters.len() >= 12, "{contents}");
            for chapter in &chapters {
                assert!(contents.contains(chapter.title()), "{}", chapter.file);
                let number: u32 = chapter.file[..2].parse().unwrap();
                let expected = format!("{number}. ");
                assert!(chapter.title().starts_with(&expected), "{}", chapter.file);
                let by_number = text(Some(&number.to_string()), lang).unwrap();
                assert_eq!(by_number, plain(chapter.text));
            }
            let all = text(Some("all"), lang).unwrap();
            assert!(chapters.iter().all(|chapter| all.contains(chapter.title())));
        }
    }

    #[test]
    fn a_chapter_is_found_by_a_word_of_its_title() {
        let french = text(Some("horaires"), Lang::Fr).unwrap();
        assert_eq!(text(Some("3"), Lang::Fr), Ok(french));
        let english = text(Some("Hours"), Lang::En).unwrap();
        assert_eq!(text(Some("03"), Lang::En), Ok(english));
        for unknown in ["99", "0", "", "sauerkraut"] {
            let why = text(Some(unknown), Lang::Fr).unwrap_err();
            assert!(why.fr.starts_with("aucun chapitre"), "{}", why.fr);
        }
    }

    #[test]
    fn examples_are_set_off_and_marks_for_tests_are_left_out() {
        let shown = plain("# T\n<!-- recorded: a -->\n```toml file=a.toml\nx = 1\n\n```\nend\n");
        assert_eq!(shown, "# T\n    ---- a.toml\n    x = 1\n\nend\n");
    }
}
