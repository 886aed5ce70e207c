//! One chapter: its words, and its examples that can be followed.

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the manual, cut at its examples.
pub(super) struct Chapter {
    path: PathBuf,
    /// Everything between examples: one more than there are blocks.
    words: Vec<String>,
    pub(super) blocks: Vec<Block>,
}

/// An example: what stands between two fences, or a mark for the tests.
pub(super) struct Block {
    /// What stands behind the opening fence; of a mark, the whole line.
    pub(super) info: String,
    pub(super) lines: Vec<String>,
}

/// What a reader does with an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Writes this file: `toml file=PATH`.
    File(String),
    /// Adds to the end of this file: `toml add=PATH`.
    Add(String),
    /// Finds it in a file of the project: `toml part=PATH`.
    Part(String),
    /// Types the commands behind `$` and sees what is below them.
    Console,
    /// Reads it.
    Text,
    /// Starts `rappel serve` in another window: `<!-- serving -->`.
    Serve,
    /// Has these sentences recorded by now, in every language: `<!-- recorded: FOLDER NAME … -->`.
    Recorded(Vec<String>),
}

impl Block {
    /// What is to be done with it. An example that nothing would prove is a mistake.
    pub(super) fn kind(&self) -> Kind {
        if let Some(names) = self.info.strip_prefix("<!-- recorded: ") {
            let names = names.trim_end_matches("-->").split_whitespace();
            return Kind::Recorded(names.map(str::to_owned).collect());
        }
        if self.info == SERVING {
            return Kind::Serve;
        }
        let of = |name: &str| {
            let value = self
                .info
                .split_whitespace()
                .find_map(|w| w.strip_prefix(name));
            value.map(str::to_owned)
        };
        match (of("file="), of("add="), of("part="), self.info.as_str()) {
            (Some(path), ..) => Kind::File(path),
            (_, Some(path), ..) => Kind::Add(path),
            (_, _, Some(path), _) => Kind::Part(path),
            (.., "console") => Kind::Console,
            (.., "text") => Kind::Text,
            (.., other) => panic!("nobody would prove an example of kind {other:?}"),
        }
    }
}

impl Chapter {
    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a chapter can be read");
        let mut chapter = Self {
            path: path.to_owned(),
            words: vec![String::new()],
            blocks: Vec::new(),
        };
        let mut inside = false;
        for line in text.lines() {
            match line.strip_prefix("```") {
                Some(_) if inside => inside = false,
                Some(info) => {
                    inside = true;
                    chapter.open(info);
                }
                None if inside => {
                    let block = chapter.blocks.last_mut().expect("one is open");
                    block.lines.push(line.to_owned());
                }
                None if line.starts_with("<!-- recorded: ") || line == SERVING => {
                    chapter.open(line)
                }
                None => {
                    let words = chapter.words.last_mut().expect("never empty");
                    words.push_str(line);
                    words.push('\n');
                }
            }
        }
        assert!(!inside, "{} ends inside an example", path.display());
        chapter
    }

    fn open(&mut self, info: &str) {
        self.words.push(String::new());
        self.blocks.push(Block {
            info: info.to_owned(),
            lines: Vec::new(),
        });
    }

    /// The name of its file without the ending.
    pub(super) fn name(&self) -> String {
        let stem = self.path.file_stem().expect("a file has a name");
        stem.to_string_lossy().into_owned()
    }

    /// Where an example stands: file and line.
    pub(super) fn place(&self, index: usize) -> String {
        let before = self.print(index);
        let lines = before.lines().count() + 1;
        format!("{}:{lines}", self.path.display())
    }

    /// The whole chapter.
    pub(super) fn text(&self) -> String {
        self.print(self.blocks.len())
    }

    /// Everything before example `end`.
    fn print(&self, end: usize) -> String {
        let mut text = self.words[0].clone();
        for (block, words) in self.blocks.iter().zip(&self.words[1..]).take(end) {
            if block.info.starts_with("<!--") {
                text.push_str(&format!("{}\n", block.info));
            } else {
                let lines: String = block.lines.iter().map(|line| format!("{line}\n")).collect();
                text.push_str(&format!("```{}\n{lines}```\n", block.info));
            }
            text.push_str(words);
        }
        text
    }

    /// Writes it back, when anything in it has changed.
    pub(super) fn write(&self) {
        let text = self.text();
        if fs::read_to_string(&self.path).is_ok_and(|old| old == text) {
            return;
        }
        fs::write(&self.path, text).expect("a chapter can be written");
    }
}

/// Where the engine is started.
const SERVING: &str = "<!-- serving -->";
