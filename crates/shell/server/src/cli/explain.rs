//! `rappel explain`: a flow in plain sentences.

use std::process::ExitCode;

use clap::Args;
use rappel_ivr::view::explain;

use super::lang::Spoken;
use super::place::exit;
use super::which::Which;

/// Explain a flow in plain sentences, in French or English
///
/// Step after step in the order a caller meets them: what is heard, what the caller can do, and where
/// it leads. Settings that are not written are told as they apply. The numbers are those of
/// `rappel graph`.
///
///     rappel explain accueil --lang fr
///
/// A flow that the check refuses is explained as far as it goes.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    spoken: Spoken,
}

/// Runs the command.
pub(crate) fn run(args: &ExplainArgs) -> ExitCode {
    let lang = args.spoken.lang();
    exit(args.which.find(lang).map(|found| {
        found.tell_if_refused(lang);
        explain(&found.view, &found.tables, lang)
    }))
}
