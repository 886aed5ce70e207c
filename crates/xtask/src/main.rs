//! The developer's commands, run as `cargo xtask …`. They ask nothing and say what they do.

mod bench;
mod demo;
mod fuzz;
mod machine;
mod package;
mod prompts;
mod soak;
mod steps;
mod test;

use std::process::ExitCode;

/// One command: its name, what it is for, and what runs it.
type Verb = (
    &'static str,
    &'static str,
    fn(&[String]) -> Result<(), String>,
);

/// What `--help` says of a command beyond what it is for.
fn more(name: &str) -> String {
    match name {
        "fuzz" => fuzz::targets(),
        "soak" => soak::parts(),
        _ => String::new(),
    }
}

const VERBS: &[Verb] = &[
    (
        "demo",
        "build and run the demo company on this machine (--lan for other machines)",
        demo::run,
    ),
    (
        "test",
        "install what is missing and run every test, real clients included",
        test::run,
    ),
    (
        "bench",
        "print what calls cost beside the floor of the machine, and the goals (--calls, --seconds, --rounds, --rooms)",
        bench::run,
    ),
    (
        "fuzz",
        "fuzz the parsers that meet the network (--seconds N, TARGET …)",
        fuzz::run,
    ),
    (
        "soak",
        "the long tests whole, or those named (PART …); one that fails does not stop the others",
        soak::run,
    ),
    (
        "package",
        "the release binary and its papers in dist/, as the image holds them",
        package::run,
    ),
    (
        "prompts",
        "record the shared announcements again with espeak-ng",
        prompts::run,
    ),
];

fn main() -> ExitCode {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let name = if args.is_empty() {
        String::new()
    } else {
        args.remove(0)
    };
    let Some((_, about, run)) = VERBS.iter().find(|(verb, ..)| *verb == name) else {
        let known = matches!(name.as_str(), "" | "-h" | "--help" | "help");
        if !known {
            eprintln!("cargo xtask: there is no command `{name}`.\n");
        }
        println!("usage: cargo xtask COMMAND [OPTIONS]\n");
        for (verb, about, _) in VERBS {
            println!("  {verb:<8} {about}");
        }
        return if known {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(2)
        };
    };
    if args.iter().any(|arg| arg == "-h" || arg == "--help") {
        println!("cargo xtask {name}: {about}");
        print!("{}", more(&name));
        return ExitCode::SUCCESS;
    }
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\ncargo xtask {name}: {why}");
            ExitCode::FAILURE
        }
    }
}
