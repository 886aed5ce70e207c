//! `rappel prompts`: which sentences are recorded, and which are not or no more.

mod inventory;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use rappel_ivr::{Lang, Words, words};

use self::inventory::{Entry, Inventory, State};
use super::columns::{Columns, plain};
use super::company::Company;
use super::lang::Spoken;
use super::place;

/// List the sentences of a company and their recordings
///
/// A line per recording that a sentence needs, in every language of the company: one for a sentence
/// without holes, one for each part between the holes otherwise (NAME.1, NAME.2 …). Totals per language
/// follow, with those of the sentences and pieces that every company has.
///
///     recorded     there is a recording of these words
///     changed      the recording says other words: its fingerprint is that of an older sentence
///     unmarked     there is a recording, and nothing in it tells which words it says
///     synthesised  there is none, and a voice speaks the words
///     missing      there is none, and no voice: rappel check refuses the sentence
///     broken       there is a file that cannot be played
///
///     rappel prompts --tenant garage-martin --config /etc/rappel
///     rappel prompts --missing
///     rappel prompts --write-list studio.tsv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct PromptsArgs {
    #[command(flatten)]
    company: Company,
    /// Show only what has to be recorded: missing, synthesised, changed or broken.
    #[arg(long)]
    missing: bool,
    /// Write what has to be recorded to this file, for a studio: the path of each recording, the
    /// language, the state, the words, the whole sentence, and the fingerprint to write into the
    /// recording (ICMT), separated by tabs.
    #[arg(long, value_name = "FILE")]
    write_list: Option<PathBuf>,
    /// With --write-list: write every recording, those of the sentences and pieces that every
    /// company has among them, to have all of them in one voice.
    #[arg(long, requires = "write_list")]
    all: bool,
    #[command(flatten)]
    spoken: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &PromptsArgs) -> ExitCode {
    let lang = args.spoken.lang();
    place::exit(told(args, lang))
}

fn told(args: &PromptsArgs, lang: Lang) -> Result<String, String> {
    let (folder, tenant) = args.company.chosen(lang)?;
    let recordings = args.company.recordings(&tenant)?;
    let inventory = Inventory::take(&folder, &tenant, &recordings);
    let mut text = list(&inventory, args.missing, lang);
    if let Some(file) = &args.write_list {
        let (list, count) = studio_list(&inventory, args.all);
        std::fs::write(file, list).map_err(|why| format!("{}: {why}", file.display()))?;
        let file = file.display();
        let told = words!(
            "\n{count} recordings are listed in {file}\n",
            "\n{count} enregistrements figurent dans {file}\n"
        );
        text.push_str(told.in_lang(lang));
    }
    Ok(text)
}

/// The table and its totals.
fn list(inventory: &Inventory, only_missing: bool, lang: Lang) -> String {
    let headings = match lang {
        Lang::En => ["LANG", "NAME", "STATE", "LENGTH", "WORDS"],
        Lang::Fr => ["LANGUE", "NOM", "ÉTAT", "DURÉE", "TEXTE"],
    };
    let mut table = Columns::new(&headings);
    let mut shown = 0;
    let own = inventory.own.iter();
    for entry in own.filter(|entry| !only_missing || entry.state.is_wanted()) {
        shown += 1;
        table.row([
            entry.language.to_string(),
            entry.clip.clone(),
            state(entry.state).in_lang(lang).to_owned(),
            entry.length.map(seconds).unwrap_or_default(),
            entry.words.clone(),
        ]);
    }
    let mut text = if shown > 0 {
        table.print()
    } else {
        let nothing = words!(
            "nothing has to be recorded\n",
            "il n'y a rien à enregistrer\n"
        );
        nothing.in_lang(lang).to_owned()
    };
    text.push('\n');
    let company = words!("sentences of the company", "phrases de l'entreprise");
    let everybody = words!(
        "sentences and pieces of the engine",
        "phrases et fragments du moteur"
    );
    for (name, entries) in [(company, &inventory.own), (everybody, &inventory.engine)] {
        for (language, total) in totals(entries) {
            let name = name.in_lang(lang);
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{language:<6} {name}: {}", total.print(lang));
        }
    }
    text
}

/// Counts of one language.
#[derive(Default)]
struct Total {
    states: BTreeMap<State, usize>,
    length: Duration,
}

fn totals(entries: &[Entry]) -> BTreeMap<&str, Total> {
    let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
    for entry in entries {
        let total = totals.entry(entry.language.as_str()).or_default();
        *total.states.entry(entry.state).or_default() += 1;
        total.length += entry.length.unwrap_or_default();
    }
    totals
}

impl Total {
    fn print(&self, lang: Lang) -> String {
        let counts = self.states.iter();
        let counts: Vec<_> = counts
            .map(|(kind, count)| format!("{count} {}", state(*kind).in_lang(lang)))
            .collect();
        format!("{}, {}", counts.join(", "), seconds(self.length))
    }
}

/// What a studio has to record, a line each, and how many; a line of headings comes first.
fn studio_list(inventory: &Inventory, all: bool) -> (String, usize) {
    let mut text = String::from("FILE\tLANGUAGE\tSTATE\tWORDS\tSENTENCE\tFINGERPRINT\n");
    let everybody = inventory.engine.iter().filter(|_| all);
    let wanted = inventory.own.iter().chain(everybody);
    let mut count = 0;
    for entry in wanted.filter(|entry| all || entry.state.is_wanted()) {
        count += 1;
        let columns = [
            format!("prompts/{}/{}.wav", entry.language, entry.clip),
            entry.language.to_string(),
            state(entry.state).en,
            entry.words.clone(),
            entry.sentence.clone(),
            entry.fingerprint(),
        ];
        text.push_str(&columns.map(|column| plain(&column)).join("\t"));
        text.push('\n');
    }
    (text, count)
}

fn state(state: State) -> Words {
    match state {
        State::Recorded => words!("recorded", "enregistré"),
        State::Changed => words!("changed", "modifié"),
        State::Unmarked => words!("unmarked", "sans empreinte"),
        State::Synthesised => words!("synthesised", "voix de synthèse"),
        State::Missing => words!("missing", "manquant"),
        State::Broken => words!("broken", "illisible"),
    }
}

/// A length to the tenth of a second, with minutes from one minute on.
fn seconds(length: Duration) -> String {
    let tenths = (length.as_millis() + 50) / 100;
    let (minutes, rest) = (tenths / 600, tenths % 600);
    if minutes > 0 {
        format!("{minutes}m{:02}s", rest / 10)
    } else {
        format!("{}.{}s", rest / 10, rest % 10)
    }
}

#[cfg(test)]
mod tests;
