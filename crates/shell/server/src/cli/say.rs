//! `rappel say`: what a value sounds like, in words and as sound.

mod sound;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use jiff::tz::TimeZone;
use rappel_ivr::say::{self, Format, LANGUAGES, Manner, Moment, Piece, text};
use rappel_ivr::variables::parse_duration;
use rappel_ivr::{Lang, Words, words};
use rappel_model::{Language, Timestamp};

use super::lang::Spoken;
use super::place;

/// Say a value as a hole of a sentence would, in words
///
/// LANG is fr, fr-FR, fr-BE, fr-CH, fr-CA, en, en-GB or en-US. FORMAT is a word that may stand behind
/// `|` in a hole: number, number:f, ordinal, digits, phone, time, date, day, moment, window, duration,
/// between, money, spell, name, say. VALUE is written as in a flow, moments as local ISO 8601, the ends
/// of a window or a range with `/` between them.
///
///     rappel say fr-BE number:f 91
///     rappel say fr-FR window 2026-11-24T14:00/14:20 --now 2026-11-24T09:00
///     rappel say en-GB between 4m/7m --listen wait.wav
///     rappel say fr-CH money "200.50 CHF"
///     rappel say fr phone +33612345678
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct SayArgs {
    /// The language, with its region or without.
    #[arg(value_name = "LANG", required_unless_present = "batch")]
    language: Option<String>,
    /// How the value is said.
    #[arg(value_name = "FORMAT", required_unless_present = "batch")]
    format: Option<String>,
    /// The value.
    #[arg(
        value_name = "VALUE",
        required_unless_present = "batch",
        allow_hyphen_values = true
    )]
    value: Option<String>,
    /// The local time it is said at, which decides what is today: 2026-11-24T09:00. Default: now.
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// Write what a caller hears to this WAV file (8 kHz, as on the telephone).
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    listen: Option<PathBuf>,
    /// Say every row of a file instead (`-` is the standard input): LANG, FORMAT, VALUE and, where it
    /// matters, NOW, separated by tabs; further columns are ignored. Prints a line per row, an empty
    /// one for a row that cannot be said.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["language", "format", "value"])]
    batch: Option<PathBuf>,
    /// The longest wait that `between` says as such; beyond it a wait is "more than".
    #[arg(long, value_name = "DURATION", default_value = "45m", value_parser = length)]
    ceiling: Duration,
    /// In fr-CH: say huitante for eighty.
    #[arg(long)]
    huitante: bool,
    #[command(flatten)]
    lang: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &SayArgs) -> ExitCode {
    let lang = args.lang.lang();
    match &args.batch {
        Some(file) => batch(args, file, lang),
        None => place::exit(single(args, lang).map(|words| format!("{words}\n"))),
    }
}

fn length(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write a duration: 45m, 1h30m".to_owned())
}

/// The words of the value on the command line; its sound, when that is wanted.
fn single(args: &SayArgs, lang: Lang) -> Result<String, String> {
    let argument = |given: &Option<String>| given.clone().unwrap_or_default();
    let row = [&args.language, &args.format, &args.value].map(argument);
    let now = args.now.as_deref().unwrap_or_default();
    let [language, format, value] = row.each_ref().map(String::as_str);
    let said = Said::of(args, language, format, value, now);
    let said = said.map_err(|why| why.in_lang(lang).to_owned())?;
    if let Some(file) = &args.listen {
        let left_out = sound::write(file, &said.language, &said.pieces)?;
        if left_out {
            let file = file.display();
            let told = words!(
                "words that nobody recorded are not in {file}: a voice speaks them",
                "les mots que personne n'a enregistrés manquent dans {file} : une voix de synthèse les dit"
            );
            eprintln!("rappel: {}", told.in_lang(lang));
        }
    }
    Ok(said.words())
}

/// Says every row of a file, a line each.
fn batch(args: &SayArgs, file: &Path, lang: Lang) -> ExitCode {
    let said = match file {
        file if file == Path::new("-") => rows(args, io::stdin().lock(), io::stdout().lock(), lang),
        file => File::open(file)
            .map_err(|why| format!("{}: {why}", file.display()))
            .and_then(|rows_of| rows(args, BufReader::new(rows_of), io::stdout().lock(), lang)),
    };
    match said {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("rappel: {why}");
            ExitCode::FAILURE
        }
    }
}

/// Says rows; tells how many could not be said.
fn rows(args: &SayArgs, rows: impl BufRead, out: impl Write, lang: Lang) -> Result<usize, String> {
    let mut out = io::BufWriter::new(out);
    let mut wrong = 0;
    for (number, row) in rows.lines().enumerate() {
        let row = row.map_err(|why| why.to_string())?;
        let mut columns = row.split('\t');
        let mut next = || columns.next().unwrap_or_default();
        let [language, format, value, now] = [next(), next(), next(), next()];
        let now = match (now, &args.now) {
            ("", Some(given)) => given,
            (now, _) => now,
        };
        let said = if row.trim().is_empty() {
            Ok(String::new())
        } else {
            Said::of(args, language, format, value, now).map(|said| said.words())
        };
        let line = said.unwrap_or_else(|why| {
            wrong += 1;
            eprintln!("rappel: {}: {}", number + 1, why.in_lang(lang));
            String::new()
        });
        if place::printed(writeln!(out, "{line}"))?.is_none() {
            return Ok(wrong);
        }
    }
    place::printed(out.flush())?;
    Ok(wrong)
}

/// A value and its pieces.
struct Said {
    language: Language,
    pieces: Vec<Piece>,
}

impl Said {
    fn of(
        args: &SayArgs,
        language: &str,
        format: &str,
        value: &str,
        now: &str,
    ) -> Result<Self, Words> {
        let known = LANGUAGES
            .iter()
            .find(|known| known.eq_ignore_ascii_case(language));
        let Some(known) = known else {
            let all = LANGUAGES.join(", ");
            return Err(words!(
                "nobody here speaks \"{language}\"; there are: {all}",
                "personne ici ne parle « {language} » ; il y a : {all}"
            ));
        };
        let language = Language::from(*known);
        let Some(format) = Format::from_word(format) else {
            let all = Format::ALL.map(Format::word).join(", ");
            return Err(words!(
                "no format is named \"{format}\"; there are: {all}",
                "aucun format ne s'appelle « {format} » ; il y a : {all}"
            ));
        };
        let at = at(now)?;
        let read = say::read(format, value, &at.zone).map_err(|why| why.0)?;
        if format == Format::Spell
            && let Some(c) = say::unspelled(value)
        {
            return Err(words!(
                "the character \"{c}\" has no name, and spelling would leave it out",
                "le caractère « {c} » n'a pas de nom, et l'épellation le sauterait"
            ));
        }
        let manner = Manner {
            language,
            spoken: say::Spoken {
                huitante: args.huitante,
                ceiling: args.ceiling,
                ..say::Spoken::default()
            },
        };
        let pieces = manner.say(format, &read, &at).ok_or_else(|| {
            words!(
                "there are no words for \"{value}\" as \"{format}\"",
                "il n'y a pas de mots pour « {value} » au format « {format} »"
            )
        })?;
        Ok(Self {
            language: manner.language,
            pieces,
        })
    }

    fn words(&self) -> String {
        text(&self.language, &self.pieces)
    }
}

/// The moment something is said. All moments here are local and without a zone, so that one zone
/// serves for all: one without summer time, in which every time of day exists.
fn at(now: &str) -> Result<Moment, Words> {
    let zone = TimeZone::UTC;
    let now = match now {
        "" => {
            let here = jiff::Zoned::now().datetime().to_zoned(zone.clone());
            here.map(|here| Timestamp::from_jiff(here.timestamp())).ok()
        }
        now => say::moment(now, &zone),
    };
    let now = now.ok_or_else(|| {
        words!(
            "the time is written as in 2026-11-24T09:00",
            "l'heure s'écrit comme 2026-11-24T09:00"
        )
    })?;
    Ok(Moment { now, zone })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        say: SayArgs,
    }

    fn line(words: &[&str]) -> Result<String, String> {
        let words = [&["say"], words].concat();
        let line = Line::try_parse_from(words).map_err(|why| why.to_string())?;
        single(&line.say, Lang::En)
    }

    #[test]
    fn values_are_said_in_words() {
        for (words, said) in [
            (&["fr-BE", "number:f", "91"][..], "nonante et une"),
            (&["fr", "number", "-5"], "moins cinq"),
            (&["fr-CH", "number", "80", "--huitante"], "huitante"),
            (
                &["en", "between", "50m/59m", "--ceiling", "1h"],
                "at fifty to fifty-nine minutes",
            ),
            (
                &["en", "day", "2026-11-25", "--now", "2026-11-24T23:59"],
                "tomorrow",
            ),
        ] {
            assert_eq!(line(words).as_deref(), Ok(said), "{words:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_there_is() {
        for (words, said) in [
            (&["de", "number", "1"], "there are: fr, fr-FR, fr-BE"),
            (&["fr", "numbers", "1"], "there are: number, number:f"),
            (&["fr", "number", "x"], "write it as in 21"),
            (&["fr", "number", "1000000000"], "there are no words for"),
            (&["fr", "spell", "AB§1"], "the character \"§\" has no name"),
        ] {
            let why = line(words).expect_err(said);
            assert!(why.contains(said), "{why}");
        }
        assert!(line(&["fr", "day", "2026-11-25", "--now", "noon"]).is_err());
        assert!(line(&["fr", "number"]).is_err());
    }

    #[test]
    fn a_file_of_rows_gives_a_line_each() {
        let line = Line::try_parse_from(["say", "--batch", "-", "--now", "2026-11-24"]);
        let args = line.expect("the arguments are right").say;
        let text = "fr\tday\t2026-11-25\t\tmore\n\nxx\tday\t1\nen\tday\t2026-11-25\t2026-11-25\n";
        let mut out = Vec::new();
        assert_eq!(rows(&args, text.as_bytes(), &mut out, Lang::En), Ok(1));
        assert_eq!(String::from_utf8_lossy(&out), "demain\n\n\ntoday\n");
    }
}
