//! Somebody who follows the manual to the letter, in a folder of their own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rappel_tests::engine::{binary, free_port, free_ports, temporary_folder};
use rappel_tests::wait::until;

use super::chapter::{Block, Kind};

const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The reader of one language.
pub(super) struct Reader {
    folder: PathBuf,
    /// Holds nothing but the command, so that it can be typed by its name.
    path: PathBuf,
    locale: String,
    /// The engine in the other window.
    engine: Option<Child>,
}

impl Reader {
    pub(super) fn new(locale: &str) -> Self {
        let top = temporary_folder();
        let (folder, path) = (top.join("config"), top.join("bin"));
        for made in [&folder, &path] {
            fs::create_dir_all(made).expect("a folder can be made");
        }
        let command = fs::canonicalize(binary()).expect("the command was built");
        symlink(command, path.join("rappel")).expect("a link can be made");
        let examples = Path::new(PROJECT).join("tests/examples");
        symlink(examples, folder.join("examples")).expect("a link can be made");
        Self {
            folder,
            path,
            locale: locale.to_owned(),
            engine: None,
        }
    }

    /// Does what an example says. Of commands that print something else than it shows, returns the
    /// example as it should be.
    pub(super) fn follow(&mut self, block: &Block) -> Option<Vec<String>> {
        let text: String = block.lines.iter().map(|line| format!("{line}\n")).collect();
        match block.kind() {
            Kind::Text => None,
            Kind::File(path) => {
                self.put(&path, &text);
                self.laid_out(block)
            }
            Kind::Add(path) => {
                let old = fs::read_to_string(self.folder.join(&path)).expect("an earlier example");
                self.put(&path, &format!("{old}\n{text}"));
                self.laid_out(block)
            }
            Kind::Part(path) => {
                let whole = fs::read_to_string(Path::new(PROJECT).join(&path)).expect("it exists");
                assert!(whole.contains(&text), "{path} does not say\n{text}");
                None
            }
            Kind::Serve => {
                self.serve();
                None
            }
            Kind::Recorded(names) => {
                self.record(&names);
                None
            }
            Kind::Console => self.converse(block),
        }
    }

    /// Starts the engine on ports that are free, and waits until it answers.
    fn serve(&mut self) {
        let settings = self.folder.join("rappel.toml");
        let text = fs::read_to_string(&settings).expect("an earlier example");
        let (port, media) = (free_port(), free_ports(50));
        let text = text.replace("5060", &port.to_string());
        let text = text.replace("16384-17407", &format!("{media}-{}", media + 99));
        fs::write(&settings, text).expect("an example can be written");
        let engine = Command::new(binary())
            .arg("serve")
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.engine = Some(engine.expect("the engine starts"));
        until("the engine to answer", Duration::from_secs(20), || {
            let told = self.run("rappel ping");
            told.iter()
                .any(|line| line.contains("200 OK"))
                .then_some(())
        });
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("made");
        fs::write(path, text).expect("an example can be written");
    }

    /// Records sentences: `fr/bienvenue` of the tenant whose folder is named first.
    fn record(&self, names: &[String]) {
        let (tenant, names) = names.split_first().expect("a tenant and sentences");
        let prompts = self.folder.join(tenant).join("prompts");
        for name in names {
            let path = prompts.join(format!("{name}.wav"));
            fs::create_dir_all(path.parent().expect("in a folder")).expect("made");
            let spec = hound::WavSpec {
                channels: 1,
                sample_rate: 8000,
                bits_per_sample: 16,
                sample_format: hound::SampleFormat::Int,
            };
            let mut wav = hound::WavWriter::create(path, spec).expect("a file can be made");
            // Four seconds that are not silence.
            for n in 0..32_000_i16 {
                wav.write_sample(n % 80 * 100).expect("a sample is written");
            }
            wav.finalize().expect("the file is whole");
        }
    }

    /// The example as `rappel fmt` lays it out, when it is not laid out so already.
    fn laid_out(&self, block: &Block) -> Option<Vec<String>> {
        let draft = self.folder.with_file_name("draft.toml");
        let text: String = block.lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&draft, text).expect("a draft can be written");
        let told = self.run("rappel fmt - < ../draft.toml");
        (told != block.lines).then_some(told)
    }

    /// Types every command and compares what it prints.
    fn converse(&self, block: &Block) -> Option<Vec<String>> {
        let mut right = Vec::new();
        let mut is_same = true;
        let mut rest = block.lines.as_slice();
        while let Some((command, after)) = rest.split_first() {
            let typed = command.strip_prefix("$ ");
            let typed = typed.unwrap_or_else(|| panic!("{command:?} is no command"));
            let end = after.iter().position(|line| line.starts_with("$ "));
            let (shown, next) = after.split_at(end.unwrap_or(after.len()));
            let told = self.run(typed);
            right.push(command.clone());
            if matches(shown, &told) {
                right.extend_from_slice(shown);
            } else {
                is_same = false;
                right.extend(told.iter().map(|line| lasting(line)));
            }
            rest = next;
        }
        (!is_same).then_some(right)
    }

    /// What a command prints, without empty lines at its end.
    pub(super) fn run(&self, typed: &str) -> Vec<String> {
        let path = std::env::var("PATH").unwrap_or_default();
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {typed}")])
            .current_dir(&self.folder)
            .env("PATH", format!("{}:{path}", self.path.display()))
            .env("LC_ALL", &self.locale)
            .env("PAGER", "cat")
            .stdin(Stdio::null())
            .output()
            .expect("a shell starts");
        let text = String::from_utf8_lossy(&output.stdout);
        let lines = text
            .trim_end()
            .lines()
            .map(|line| line.trim_end().to_owned());
        lines.collect()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(engine) = &mut self.engine {
            // One that has ended by itself needs no end.
            let _ = engine.kill();
            let _ = engine.wait();
        }
        if let Some(top) = self.folder.parent() {
            // What cannot be removed is only a temporary folder.
            let _ = fs::remove_dir_all(top);
        }
    }
}

/// A line with `…` for what is another the next time: fingerprints of versions, the second at which
/// something was stored, and how long the machine took.
fn lasting(line: &str) -> String {
    let mut line = line.to_owned();
    for before in ["played in ", "joués en ", "(a call of ", "(un appel de "] {
        let Some(start) = line.find(before).map(|at| at + before.len()) else {
            continue;
        };
        if let Some(length) = line[start..].find(" s") {
            line.replace_range(start..start + length, "…");
        }
    }
    let mut lasting: Vec<&str> = Vec::new();
    for word in line.split(' ') {
        let last = lasting.last().copied().unwrap_or_default();
        let fingerprint = word
            .trim_end_matches(',')
            .rsplit('-')
            .next()
            .unwrap_or(word);
        let is_hex = fingerprint.bytes().all(|b| b.is_ascii_hexdigit());
        let is_time = word.len() == 8 && word.split(':').count() == 3 && last.len() == 10;
        if is_time && last.split('-').count() == 3 {
            lasting.pop();
            lasting.push("…");
        } else if fingerprint.len() == 12 && is_hex {
            lasting.push("…");
        } else {
            lasting.push(word);
        }
    }
    lasting.join(" ")
}

/// Whether what is shown stands for what was told. A line `…` stands for any lines, and `…` within
/// a line for any text.
fn matches(shown: &[String], told: &[String]) -> bool {
    match shown.split_first() {
        None => told.is_empty(),
        Some((line, rest)) if line.trim() == "…" => {
            (0..=told.len()).any(|skipped| matches(rest, &told[skipped..]))
        }
        Some((line, rest)) => {
            let first = told.first();
            first.is_some_and(|told| is_line(line.trim_end(), told)) && matches(rest, &told[1..])
        }
    }
}

fn is_line(shown: &str, told: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else {
        return shown == told;
    };
    let Some(rest) = told.strip_prefix(before) else {
        return false;
    };
    let mut starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    starts.any(|at| is_line(after, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_another_next_time_is_left_open() {
        for (line, open) in [
            (
                "good, version 34914c69d768 (1 line)",
                "good, version … (1 line)",
            ),
            ("a: version 1-34914c69d768 runs", "a: version … runs"),
            (
                "  1  34914c69d768  2026-11-22 04:45:32  runs",
                "  1  …  …  runs",
            ),
            ("tests played in 0.34 s: 2", "tests played in … s: 2"),
            ("ok  Midi  (a call of 8 s)", "ok  Midi  (a call of … s)"),
            (
                "2026-11-24 10:15 : un numéro",
                "2026-11-24 10:15 : un numéro",
            ),
            ("10:15:04  > 123456123456x", "10:15:04  > 123456123456x"),
        ] {
            assert_eq!(lasting(line), open);
        }
    }

    #[test]
    fn three_dots_stand_for_what_differs_each_time() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let is = |shown: &str, told: &str| matches(&lines(shown), &lines(told));
        assert!(is("a\nb", "a\nb") && !is("a", "a\nb") && !is("a\nb", "a"));
        assert!(is("a … d", "a b c d") && !is("a … d", "a b c"));
        assert!(is("a\n…\nz", "a\nb\nc\nz") && is("a\n…\nz", "a\nz") && !is("a\n…\nz", "b\nz"));
        assert!(is("…", "") && is("version …", "version 1"));
    }
}
