//! `rappel demo`: a company on this machine, to be called with two softphones.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::demo_phones::{self, Phone};
use crate::config::engine::Engine;
use crate::config::sip::Address;
use crate::wiring::{self, Plan, Port, Ready};

/// Run a demo company on this machine: a garage with people, a mailbox and lunch hours
///
/// Prints what to put into Linphone (or any softphone) and which numbers to dial. Everything it
/// needs is in the binary; its files are laid out in a folder, where you may change them.
///
///     rappel demo            only programs on this machine can reach it
///     rappel demo --lan      phones in your network can, too
///
/// A softphone on this machine is best started first: it wants port 5060 and nothing else, while
/// the demo takes the next one and says so.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct DemoArgs {
    /// Listen on the address of this machine in its network instead of loopback.
    #[arg(long)]
    lan: bool,
    /// The first port to try; the next ones follow when a phone has taken it.
    #[arg(long, default_value_t = 5060)]
    port: u16,
    /// Where files, records and recordings of the demo are kept.
    #[arg(long, value_name = "DIR", default_value = "rappel-demo")]
    data: PathBuf,
}

/// The files of the demo, path and bytes.
pub(super) mod files {
    include!(concat!(env!("OUT_DIR"), "/demo_files.rs"));
}

/// The tenant of the demo.
pub(super) const TENANT: &str = "garage-martin";

/// The port that softphones open for themselves (RFC 3261 §19.1.2: the default of SIP).
const PHONES_WANT: u16 = 5060;

/// What to dial, and what it shows.
const NUMBERS: &[(&str, &str)] = &[
    (
        "100",
        "the company: its menu, or what callers hear at lunch or when it is closed",
    ),
    ("101", "what callers hear at lunch, at any hour"),
    ("102", "what callers hear when it is closed, at any hour"),
    ("103", "leave a message"),
    (
        "104",
        "the menu of the opening hours, at any hour: press 1 and Sofia and Karim ring",
    ),
    ("105", "somebody who is on leave"),
    ("106", "the same company in English"),
    ("107", "type digits and hear them again"),
    ("108", "a line that is never answered: refused as busy"),
    ("10 11 12", "a colleague: Lefèvre, Sofia, Karim"),
    ("*98", "hear the messages that were left: your PIN, then #"),
    (
        "600 601 602",
        "hear yourself; what your call is like; which keys arrive",
    ),
];

/// Runs the command.
pub(crate) fn run(args: &DemoArgs) -> Result<(), String> {
    let config = args.data.join("config");
    let first = !config.join("rappel.toml").exists();
    if first {
        lay_out(&config)?;
    }
    let mut engine = Engine::read(&config)?;
    engine.sip.address = if args.lan {
        Address::Auto
    } else {
        engine.sip.address
    };
    engine.sip.port = args.port;
    crate::logging::start(&engine.log.level);
    let data = engine.data_folder(&config, None);
    let phones = demo_phones::ensure(&args.data, &data, &engine.engine.realm)?;
    let plan = Plan {
        engine,
        config: config.clone(),
        data,
        port: Port::OrNext,
        watch: true,
    };
    wiring::serve(plan, |ready| print!("{}", banner(ready, &phones, &config)))
}

/// Writes the demo's files. What is there already is left alone.
fn lay_out(config: &Path) -> Result<(), String> {
    for (name, bytes) in files::FILES {
        let path = config.join(name);
        let parent = path.parent().unwrap_or(config);
        fs::create_dir_all(parent)
            .and_then(|()| {
                if path.exists() {
                    Ok(())
                } else {
                    fs::write(&path, built_in(bytes))
                }
            })
            .map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// A file of the demo without the codec that this engine was built without.
fn built_in(bytes: &[u8]) -> Cow<'_, [u8]> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !cfg!(feature = "opus") => {
            Cow::Owned(text.replace("\"opus\", ", "").into_bytes())
        }
        _ => Cow::Borrowed(bytes),
    }
}

/// What to put into a phone, and what to dial.
fn banner(ready: &Ready, phones: &[Phone], config: &Path) -> String {
    let mut text = format!("\n{ready}\n");
    if ready.sip.port() != ready.wanted_port {
        text.push_str(&format!(
            "  Port {} is taken by another program on this machine (a softphone?): this is {}.\n",
            ready.wanted_port,
            ready.sip.port()
        ));
    } else if ready.sip.ip().is_loopback() && ready.sip.port() == PHONES_WANT {
        text.push_str(&format!(
            "  A softphone that starts on this machine now finds port {PHONES_WANT} taken and may stay \
             offline:\n  open it first and start this again, or use --port {}.\n",
            PHONES_WANT + 10
        ));
    }
    text.push_str(&format!(
        "\nPut one of these into Linphone (\"Use a SIP account\") or another phone, over UDP or TCP.\n\
         SIP domain: {}\n\n  {:<10} {:<14} {:<10} whose\n",
        ready.sip, "user", "password", "PIN"
    ));
    for phone in phones {
        let Phone {
            user,
            whose,
            password,
            ..
        } = phone;
        let pin = if phone.pin_changed {
            "(changed)"
        } else {
            &phone.pin
        };
        text.push_str(&format!("  {user:<10} {password:<14} {pin:<10} {whose}\n"));
    }
    text.push_str("\nThen dial\n\n");
    for (number, what) in NUMBERS {
        text.push_str(&format!("  {number:<10} {what}\n"));
    }
    let folder = config.display();
    text.push_str(&format!(
        "\nThe company is in {folder}/tenants/{TENANT}: change a flow, save it, call again.\n\
         What happened:  rappel calls --config {folder}   rappel messages --config {folder}\n\
         Ctrl-C stops.\n\n"
    ));
    text
}
