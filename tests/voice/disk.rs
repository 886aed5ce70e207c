//! A full disk: the caller is told, the record says so, nothing acknowledged is lost, and the
//! engine stays up.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rappel_tests::wait::until;
use rappel_tests::{Engine, sipp};

use super::message::{await_beep, recordings};
use super::{call, sentence};

/// A small file system over the data folder, gone with the test.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(folder: &Path, kilobytes: u32) -> Self {
        fs::create_dir_all(folder).expect("a folder can be made");
        let size = format!("size={kilobytes}k");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(folder)
            .status()
            .is_ok_and(|status| status.success());
        assert!(done, "mounting a small disk needs root");
        Self(folder.to_path_buf())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Kilobytes: the recordings of the demo company, which the engine keeps with its version, and 3,000
/// for everything else.
const ROOM: u32 = 10_000 + 3_000;

#[test]
fn a_full_disk_is_told_to_the_caller_and_the_engine_stays_up() {
    let mut disk = None;
    let mut engine = Engine::start_with(|config| {
        sipp::add_carrier(config);
        disk = Some(SmallDisk::mount(&config.join("data"), ROOM));
    });
    engine.may_complain();
    let first = call(&engine, "+33199000013");
    await_beep(&first);
    first.say(700.0, Duration::from_secs(3));
    std::thread::sleep(Duration::from_millis(3100));
    first.hang_up();
    engine.await_log("MessageSaved", Duration::from_secs(5));
    let kept = recordings(&engine);

    let filler = engine.folder().join("config/data/filler");
    let _full = fs::write(&filler, vec![0; 8 << 20]).expect_err("the disk is small");
    let second = call(&engine, "+33199000013");
    await_beep(&second);
    second.say(700.0, Duration::from_secs(3));
    std::thread::sleep(Duration::from_millis(3500));
    second.press('#');
    second.await_sentence(
        &sentence("fr", "message-not-saved"),
        0,
        Duration::from_secs(20),
    );
    second.hang_up();
    assert!(
        kept.iter().all(|file| file.exists()),
        "an acknowledged message is gone"
    );

    // Room again: the next message is kept, and the record of the failed one arrives late.
    fs::remove_file(&filler).expect("it is there");
    let third = call(&engine, "+33199000013");
    await_beep(&third);
    third.say(700.0, Duration::from_secs(3));
    std::thread::sleep(Duration::from_millis(3100));
    third.hang_up();
    until("the third message", Duration::from_secs(10), || {
        (engine.log().matches("MessageSaved").count() == 2).then_some(())
    });
    drop(disk);
}
