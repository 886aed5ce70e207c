//! `rappel help`: the manual of the commands and of the steps of flows.

use std::process::ExitCode;

use clap::{Args, Command, CommandFactory};
use rappel_ivr::diagnostic::nearest;
use rappel_ivr::step::VERBS;
use rappel_ivr::view::manual;
use rappel_ivr::{Lang, verb, words};

use super::Cli;
use super::codes;
use super::lang::Spoken;
use super::place::exit;

/// Explain a command, a step of flows with its keys and ways out, or the code of a message
///
///     rappel help              all commands and all steps
///     rappel help check        a command
///     rappel help menu         a step: what it takes, what it does without it, where it leads
///     rappel help menu --lang fr
///     rappel help R104         what a message of `rappel check` means; codes: all of them
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct HelpArgs {
    /// A command or a step.
    #[arg(value_name = "NAME")]
    about: Vec<String>,
    #[command(flatten)]
    spoken: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &HelpArgs) -> ExitCode {
    exit(page(&args.about, args.spoken.lang()))
}

/// The page about these words; what is both a command and a step has two.
fn page(about: &[String], lang: Lang) -> Result<String, String> {
    let mut root = Cli::command();
    root.build();
    let [name, ..] = about else {
        let commands = root.render_long_help();
        return Ok(format!("{commands}\n{}", manual::steps(lang)));
    };
    let mut pages = Vec::new();
    if let Some(command) = about
        .iter()
        .try_fold(&root, |c, name| c.find_subcommand(name))
    {
        pages.push(command.clone().render_long_help().to_string());
    }
    let step = verb(name).filter(|verb| about.len() == 1 && !verb.internal);
    pages.extend(step.map(|verb| manual::step(verb, lang)));
    if let [name] = about {
        pages.extend(codes::page(name, lang));
        if name == "codes" {
            pages.push(codes::list(lang));
        }
    }
    if pages.is_empty() {
        return Err(unknown(&about.join(" "), &root, lang));
    }
    Ok(pages.join(&format!("\n{}\n\n", "─".repeat(72))))
}

fn unknown(name: &str, root: &Command, lang: Lang) -> String {
    let commands = root.get_subcommands().map(Command::get_name);
    let steps = VERBS
        .iter()
        .filter(|verb| !verb.internal)
        .map(|verb| verb.name);
    let near = nearest(name, commands.chain(steps));
    let (en, fr) = match near.map(|near| near.words()) {
        Some(near) => (near.en, near.fr),
        None => (
            "`rappel help` lists them".to_owned(),
            "`rappel help` les donne tous".to_owned(),
        ),
    };
    let why = words!(
        "no command and no step is named \"{name}\": {en}",
        "aucune commande et aucune étape ne s'appelle « {name} » : {fr}"
    );
    why.in_lang(lang).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(words: &str) -> Result<String, String> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        page(&words, Lang::Fr)
    }

    #[test]
    fn commands_and_steps_are_found() {
        let all = about("").unwrap();
        assert!(all.contains("rappel demo") && all.contains("personnes, files d'attente"));
        assert!(about("user add").unwrap().contains("rappel user add"));
        assert!(about("menu").unwrap().contains("Dit une phrase"));
        assert!(about("R104").unwrap().starts_with("R104: "));
        assert!(about("codes").unwrap().contains("\nW1: "));
        let both = about("hours").unwrap();
        assert!(
            both.contains("Usage: rappel hours") && both.contains("on.lunch"),
            "{both}"
        );
    }

    #[test]
    fn what_is_unknown_has_a_neighbour() {
        let why = about("meun").unwrap_err();
        assert!(why.contains("menu"), "{why}");
        assert!(about("listen").is_err(), "it is the engine's own");
        assert!(about("zzzzzz").unwrap_err().contains("rappel help"));
        assert!(about("menu add").is_err());
    }
}
