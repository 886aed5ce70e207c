//! Opus is the system's libopus and never a copy of its own: this says so before a linker would.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PKG_CONFIG_PATH");
    if !cfg!(feature = "opus") {
        return;
    }
    let found = std::process::Command::new("pkg-config")
        .args(["--exists", OPUS])
        .status()
        .is_ok_and(|status| status.success());
    if !found {
        println!(
            "cargo::error=Opus needs the system's libopus, which pkg-config does not find: install it \
             (Debian: apt-get install libopus-dev pkg-config), or build with --no-default-features"
        );
    }
}

/// The oldest libopus this is proved with.
const OPUS: &str = "opus >= 1.3";
