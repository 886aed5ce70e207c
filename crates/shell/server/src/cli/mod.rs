//! What can be typed behind `rappel`: one verb per file.

mod bans;
mod calls;
mod check;
mod codes;
mod columns;
mod company;
mod demo;
mod demo_phones;
mod doctor;
mod explain;
mod fmt;
mod graph;
mod heard;
mod help;
mod hours;
mod known;
mod lang;
mod load;
mod manual;
mod messages;
mod passed;
mod ping;
mod place;
mod prompts;
mod recordings;
mod reload;
mod rollback;
mod say;
mod schema;
mod serve;
mod test;
mod trace;
mod trunks;
mod try_flow;
mod user;
mod versions;
mod which;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Rappel answers a company's telephone: SIP calls, menus in French and English, voicemail that
/// somebody hears, and records that prove it.
///
/// To see it work on this machine, with two softphones and nothing to configure:
///
///     rappel demo
///
/// To answer a company's calls, put its files in a folder (`rappel.toml` and `tenants/NAME/`),
/// check them, add the people's phones, and serve:
///
///     rappel check --config /etc/rappel
///     rappel user add poste-11 --tenant garage --config /etc/rappel
///     rappel serve --config /etc/rappel
#[derive(Debug, Parser)]
#[command(name = "rappel", version, max_term_width = 100, verbatim_doc_comment)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Serve(serve::ServeArgs),
    Demo(demo::DemoArgs),
    Check(check::CheckArgs),
    Fmt(fmt::FmtArgs),
    Hours(hours::HoursArgs),
    Say(say::SayArgs),
    Prompts(prompts::PromptsArgs),
    Graph(graph::GraphArgs),
    Explain(explain::ExplainArgs),
    Schema(schema::SchemaArgs),
    Help(help::HelpArgs),
    Manual(manual::ManualArgs),
    Try(try_flow::TryArgs),
    Test(test::TestArgs),
    User(user::UserArgs),
    Calls(calls::CallsArgs),
    Messages(messages::MessagesArgs),
    Recordings(recordings::RecordingsArgs),
    Doctor(doctor::DoctorArgs),
    Trace(trace::TraceArgs),
    Load(load::LoadArgs),
    Ping(ping::PingArgs),
    Reload(reload::ReloadArgs),
    Rollback(rollback::RollbackArgs),
    Versions(versions::VersionsArgs),
    Trunks(trunks::TrunksArgs),
    Bans(bans::BansArgs),
}

pub(crate) use calls::seconds_of;
pub(crate) use columns::plain;

impl Cli {
    /// Runs the verb. An error is one line on the standard error and exit status 1.
    pub(crate) fn run(self) -> ExitCode {
        let result = match self.verb {
            Verb::Serve(args) => serve::run(&args),
            Verb::Demo(args) => demo::run(&args),
            Verb::Check(args) => return check::run(&args),
            Verb::Fmt(args) => return fmt::run(&args),
            Verb::Manual(args) => return manual::run(&args),
            Verb::Hours(args) => return hours::run(&args),
            Verb::Say(args) => return say::run(&args),
            Verb::Prompts(args) => return prompts::run(&args),
            Verb::Graph(args) => return graph::run(&args),
            Verb::Explain(args) => return explain::run(&args),
            Verb::Test(args) => return test::run(&args),
            Verb::Schema(args) => return schema::run(&args),
            Verb::Help(args) => return help::run(&args),
            Verb::Try(args) => return try_flow::run(&args),
            Verb::User(args) => return user::run(&args),
            Verb::Calls(args) => return calls::run(&args),
            Verb::Messages(args) => return messages::run(&args),
            Verb::Recordings(args) => return recordings::run(&args),
            Verb::Doctor(args) => return doctor::run(&args),
            Verb::Trace(args) => return trace::run(&args),
            Verb::Load(args) => load::run(&args),
            Verb::Ping(args) => ping::run(&args),
            Verb::Reload(args) => return reload::run(&args),
            Verb::Rollback(args) => return rollback::run(&args),
            Verb::Versions(args) => return versions::run(&args),
            Verb::Trunks(args) => return trunks::run(&args),
            Verb::Bans(args) => return bans::run(&args),
        };
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                eprintln!("rappel: {why}");
                ExitCode::FAILURE
            }
        }
    }
}
