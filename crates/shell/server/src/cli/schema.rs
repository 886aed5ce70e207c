//! `rappel schema`: the language for editors.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use rappel_ivr::view::flow_schema;
use rappel_tenant::tenant_schema;

use super::lang::Spoken;
use super::place::exit;

/// Print the language as JSON Schema: editors then complete, explain and underline
///
/// With Taplo, which is also "Even Better TOML" in editors, write the schema beside the files:
///
///     rappel schema flow --lang fr --out flow.schema.json
///     rappel schema tenant --lang fr --out tenant.schema.json
///
/// and put into `.taplo.toml`:
///
///     [[rule]]
///     include = ["**/flows/*.toml"]
///     schema = { path = "flow.schema.json" }
///
///     [[rule]]
///     include = ["tenants/*/*.toml", "shared/*.toml"]
///     schema = { path = "tenant.schema.json" }
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
    /// `tenant.toml` and the tables beside it.
    Tenant,
}

/// Runs the command.
pub(crate) fn run(args: &SchemaArgs) -> ExitCode {
    let lang = args.spoken.lang();
    let schema = match args.files {
        Files::Flow => flow_schema(lang),
        Files::Tenant => tenant_schema(lang),
    };
    let text = format!("{schema:#}\n");
    exit(match &args.out {
        Some(path) => fs::write(path, text)
            .map(|()| String::new())
            .map_err(|error| format!("{}: {error}", path.display())),
        None => Ok(text),
    })
}
