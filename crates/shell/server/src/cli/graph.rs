//! `rappel graph`: a flow as a drawing.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use rappel_ivr::view::scene::Scene;
use rappel_ivr::view::{Chart, dot, svg, tree};

use super::lang::Spoken;
use super::place::exit;
use super::which::Which;

/// Draw a flow: every step once, with its ways out
///
/// Each step has a number and lists its ways. A line leads to what follows; any other way names the
/// number of its step, so that no line crosses another or a word. Steps that many others lead to
/// stand by themselves.
///
///     rappel graph accueil                               as text, in the terminal
///     rappel graph accueil --format svg --out accueil.svg
///     rappel graph accueil --format dot | dot -Tpdf -o accueil.pdf
///
/// An SVG is shown by every browser; a flow of 40 steps fits a sheet of A3. A flow that the check
/// refuses is drawn as far as it goes.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    which: Which,
    /// What to draw it as.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The file to write; else the standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    spoken: Spoken,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// An indented tree.
    Text,
    /// The language of Graphviz.
    Dot,
    /// A drawing for browsers and printers.
    Svg,
}

/// Runs the command.
pub(crate) fn run(args: &GraphArgs) -> ExitCode {
    let lang = args.spoken.lang();
    let drawn = args.which.find(lang).map(|found| {
        let chart = Chart::new(&found.view, lang);
        found.tell_if_refused(lang);
        match args.format {
            Format::Text => tree(&chart),
            Format::Dot => dot(&chart),
            Format::Svg => svg(&Scene::new(&chart)),
        }
    });
    exit(match (&args.out, drawn) {
        (Some(path), Ok(text)) => fs::write(path, text)
            .map(|()| String::new())
            .map_err(|error| format!("{}: {error}", path.display())),
        (_, drawn) => drawn,
    })
}
