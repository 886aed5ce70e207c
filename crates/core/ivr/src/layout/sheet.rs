//! A TOML text as lines that belong together: headers, entries, and the comments that go with them.

use toml_parser::Source;
use toml_parser::lexer::{Token, TokenKind};

/// A whole file.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Whether it began with a byte order mark.
    pub(super) mark: bool,
    /// Whether its lines end with CR LF.
    pub(super) crlf: bool,
    /// The first one has no header.
    pub(super) tables: Vec<Section>,
    /// What follows the last of them.
    pub(super) tail: Vec<Above>,
}

/// A header and the entries below it.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) above: Vec<Above>,
    pub(super) header: Option<Header>,
    pub(super) entries: Vec<Entry>,
    /// Comments that follow its last line without an empty line between.
    pub(super) below: Vec<String>,
}

/// A line that says nothing by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Above {
    Comment(String),
    Blank,
}

impl Above {
    /// A comment, but not the banner of a chapter: `# --- Menu ---`.
    fn is_remark(&self) -> bool {
        match self {
            Self::Comment(text) => !BANNERS.iter().any(|banner| text.starts_with(banner)),
            Self::Blank => false,
        }
    }
}

/// `[a.b]` or `[[a.b]]`.
#[derive(Debug)]
pub(super) struct Header {
    /// As written, without spaces.
    pub(super) text: String,
    pub(super) path: Vec<String>,
    pub(super) comment: Option<String>,
}

/// `key = value`.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) above: Vec<Above>,
    pub(super) path: Vec<String>,
    /// As written, without spaces.
    pub(super) key: String,
    /// As written, whatever its lines.
    pub(super) value: String,
    pub(super) comment: Option<String>,
}

impl Section {
    /// The name of the step it declares.
    pub(super) fn step(&self) -> Option<&str> {
        let header = self.header.as_ref()?;
        match &header.path[..] {
            [step, name] if step == "step" && !header.text.starts_with("[[") => Some(name),
            _ => None,
        }
    }
}

/// Reads a text that is TOML.
pub(super) fn read(text: &str) -> Sheet {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reading = Reading {
        text: body,
        tokens: Source::new(body).lex().into_vec(),
        at: 0,
        pending: Vec::new(),
        tables: vec![Section::default()],
        crlf: None,
    };
    while reading.line() {}
    let tail = reading.take_pending();
    Sheet {
        mark: body.len() < text.len(),
        crlf: reading.crlf.unwrap_or(false),
        tables: reading.tables,
        tail,
    }
}

struct Reading<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
    /// Lines before the next header or entry.
    pending: Vec<Above>,
    tables: Vec<Section>,
    /// How the first line ends that does not end within a value.
    crlf: Option<bool>,
}

impl Reading<'_> {
    /// Reads what begins on this line; false at the end.
    fn line(&mut self) -> bool {
        while self.kind() == TokenKind::Whitespace {
            self.at += 1;
        }
        match self.kind() {
            TokenKind::Eof => return false,
            TokenKind::Newline => self.pending.push(Above::Blank),
            TokenKind::Comment => {
                let comment = self.comment().unwrap_or_default();
                self.pending.push(Above::Comment(comment));
            }
            TokenKind::LeftSquareBracket => self.header(),
            _ => self.entry(),
        }
        // Nothing but the end of the line can follow in a text that is TOML.
        while !matches!(self.kind(), TokenKind::Newline | TokenKind::Eof) {
            self.at += 1;
        }
        if self.kind() == TokenKind::Newline {
            let crlf = self.shown() == "\r\n";
            self.crlf.get_or_insert(crlf);
            self.at += 1;
        }
        true
    }

    fn header(&mut self) {
        let (text, path) = self.name(&[TokenKind::Newline, TokenKind::Comment]);
        let comment = self.comment();
        let above = self.take_pending();
        self.tables.push(Section {
            above,
            header: Some(Header {
                text,
                path,
                comment,
            }),
            ..Section::default()
        });
    }

    fn entry(&mut self) {
        let (key, path) = self.name(&[TokenKind::Equals]);
        self.at += usize::from(self.kind() == TokenKind::Equals);
        let value = self.value();
        let entry = Entry {
            above: std::mem::take(&mut self.pending),
            path,
            key,
            value,
            comment: self.comment(),
        };
        if let Some(table) = self.tables.last_mut() {
            table.entries.push(entry);
        }
    }

    /// Names with dots between, up to one of `ends`: as written without spaces, and each by itself.
    fn name(&mut self, ends: &[TokenKind]) -> (String, Vec<String>) {
        let (mut text, mut path) = (String::new(), Vec::new());
        while !ends.contains(&self.kind()) && self.kind() != TokenKind::Eof {
            let shown = self.shown();
            match self.kind() {
                TokenKind::Whitespace => {}
                TokenKind::Atom => path.push(shown.to_owned()),
                TokenKind::BasicString | TokenKind::LiteralString => {
                    path.push(shown.trim_matches(['"', '\'']).to_owned());
                }
                _ => {}
            }
            if self.kind() != TokenKind::Whitespace {
                text.push_str(shown);
            }
            self.at += 1;
        }
        (text, path)
    }

    /// A value as written, over several lines when its brackets are open.
    fn value(&mut self) -> String {
        let from = self.tokens[self.at].span().start();
        let mut open = 0_usize;
        loop {
            match self.kind() {
                TokenKind::Eof => break,
                TokenKind::Newline | TokenKind::Comment if open == 0 => break,
                TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => open += 1,
                TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                    open = open.saturating_sub(1);
                }
                _ => {}
            }
            self.at += 1;
        }
        let to = self.tokens[self.at].span().start();
        self.text[from..to].trim_matches([' ', '\t']).to_owned()
    }

    /// The comment that stands here.
    fn comment(&mut self) -> Option<String> {
        if self.kind() != TokenKind::Comment {
            return None;
        }
        let comment = self.shown().trim_end().to_owned();
        self.at += 1;
        Some(comment)
    }

    /// The lines before a header or the end. Comments that touch the table above stay with it when an
    /// empty line follows them: they speak of what they touch. A banner opens what follows.
    fn take_pending(&mut self) -> Vec<Above> {
        let mut lines = std::mem::take(&mut self.pending);
        let touching = lines.iter().take_while(|line| line.is_remark());
        let touching = touching.count();
        let ends_here = self.kind() == TokenKind::Eof;
        let Some(table) = self.tables.last_mut() else {
            return lines;
        };
        let has_lines = table.header.is_some() || !table.entries.is_empty();
        let is_apart = lines
            .get(touching)
            .map_or(ends_here, |line| *line == Above::Blank);
        if has_lines && is_apart {
            let comments = lines.drain(..touching).filter_map(|line| match line {
                Above::Comment(text) => Some(text),
                Above::Blank => None,
            });
            table.below.extend(comments);
        }
        lines
    }

    fn kind(&self) -> TokenKind {
        self.tokens.get(self.at).map_or(TokenKind::Eof, Token::kind)
    }

    fn shown(&self) -> &str {
        let span = self.tokens[self.at].span();
        &self.text[span.start()..span.end()]
    }
}

/// How the banner of a chapter begins.
const BANNERS: [&str; 5] = ["# --", "# ==", "#--", "#==", "##"];
