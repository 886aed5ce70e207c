//! `rappel schema`: the language for editors.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use rappel_ivr::view::flow_schema;

use super::lang::Spoken;
use super::place::exit;

/// Print the language as JSON Schema: editors then complete, explain and underline
///
/// With Taplo, which is also "Even Better TOML" in editors, write the schema beside the files:
///
///     rappel schema flow --lang fr --out flow.schema.json
///
/// and put into `.taplo.toml`:
///
///     [[rule]]
///     include = ["**/flows/*.toml"]
///     schema = { path = "flow.schema.json" }
///
/// What needs more than one file, `rappel check` alone can tell: whether names exist and where calls
/// end.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct SchemaArgs {
    /// Which files.
    #[arg(value_enum, default_value_t = Files::Flow)]
    files: Files,
    /// The file to write; else the standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    spoken: Spoken,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Files {
    /// Those in `flows/`.
    Flow,
}

/// Runs the command.
pub(crate) fn run(args: &SchemaArgs) -> ExitCode {
    let Files::Flow = args.files;
    let schema = flow_schema(args.spoken.lang());
    let text = format!("{schema:#}\n");
    exit(match &args.out {
        Some(path) => fs::write(path, text)
            .map(|()| String::new())
            .map_err(|error| format!("{}: {error}", path.display())),
        None => Ok(text),
    })
}
