//! The phones of the demo: their passwords and PINs are made at the first run and kept for the
//! next ones, in a file that only its owner may read.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rappel_model::{Random, Secret, TenantId, UserName};
use rappel_store::{Database, Folder, NewUser};

use super::demo::TENANT;
use super::user::digests;
use rappel_net::Clock;

/// One phone, as its owner must type it.
#[derive(Debug)]
pub(super) struct Phone {
    /// The user name.
    pub(super) user: &'static str,
    /// Whose phone it is.
    pub(super) whose: &'static str,
    /// The password.
    pub(super) password: String,
    /// The PIN for `*98` that was made with it.
    pub(super) pin: String,
    /// The PIN was changed since: `pin` is no longer it.
    pub(super) pin_changed: bool,
    old: bool,
}

/// User, whose it is, and whether it is an old phone (MD5 only).
const PHONES: &[(&str, &str, bool)] = &[
    ("poste-10", "Monsieur Lefèvre", false),
    ("poste-11", "Sofia", false),
    ("poste-12", "Karim", false),
    ("poste-13", "Karim's old phone (MD5 only)", true),
];

/// The phones; what is missing of them, in the file or among the users, is made.
pub(super) fn ensure(folder: &Path, data: &Path, realm: &str) -> Result<Vec<Phone>, String> {
    let path = folder.join("phones.txt");
    let known = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
        Err(e) => return Err(format!("{}: {e}", path.display())),
    };
    let mut random = crate::chance::from_system()?;
    let mut phones: Vec<Phone> = PHONES
        .iter()
        .map(|(user, whose, old)| phone(&known, user, whose, *old, &mut random))
        .collect();
    let lines: String = phones
        .iter()
        .map(|p| format!("{} {} {}\n", p.user, p.password, p.pin))
        .collect();
    keep_secret(&path, &lines).map_err(|e| format!("{}: {e}", path.display()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| e.to_string())?;
    runtime.block_on(enrol(&mut phones, data, realm))?;
    Ok(phones)
}

/// The phone as the file knows it, or a new one.
fn phone(
    known: &str,
    user: &'static str,
    whose: &'static str,
    old: bool,
    random: &mut Random,
) -> Phone {
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let found = known
        .lines()
        .map(words)
        .find(|w| w.len() == 3 && w[0] == user);
    let (password, pin) = match found {
        Some(words) => (words[1].clone(), words[2].clone()),
        None => (random.token(12), pin(random)),
    };
    Phone {
        user,
        whose,
        password,
        pin,
        pin_changed: false,
        old,
    }
}

/// Four digits that are not the first ones anybody tries.
fn pin(random: &mut Random) -> String {
    loop {
        let pin = format!("{:04}", random.below(10_000));
        let steps: Vec<i16> = pin
            .as_bytes()
            .windows(2)
            .map(|w| i16::from(w[1]) - i16::from(w[0]))
            .collect();
        if steps.iter().any(|step| *step != steps[0]) {
            return pin;
        }
    }
}

/// Makes the users that are not there yet, and notes of the others whether their PIN was changed.
async fn enrol(phones: &mut [Phone], data: &Path, realm: &str) -> Result<(), String> {
    let database = Database::open(&Folder::new(data))
        .await
        .map_err(|e| e.to_string())?;
    let there = database.users().await.map_err(|e| e.to_string())?;
    let tenant = TenantId::from(TENANT);
    for phone in phones {
        let name = UserName::from(phone.user);
        let password = Secret::new(phone.password.as_str());
        let ha1 = digests(phone.user, realm, &password, phone.old);
        if there
            .iter()
            .any(|u| u.tenant == tenant && u.name == name && u.ha1 == ha1)
        {
            let pin = Secret::new(phone.pin.as_str());
            let same = database
                .is_pin_unchanged(&tenant, &name, pin)
                .await
                .map_err(|e| e.to_string())?;
            phone.pin_changed = !same;
            continue;
        }
        database
            .remove_user(&tenant, &name)
            .await
            .map_err(|e| e.to_string())?;
        let created = Clock::start().now().wall;
        let user = NewUser {
            tenant: tenant.clone(),
            name: name.clone(),
            realm: realm.to_owned(),
            offered: ha1.iter().map(|(algorithm, _)| *algorithm).collect(),
            ha1,
            created,
        };
        database.add_user(&user).await.map_err(|e| e.to_string())?;
        let pin = Secret::new(phone.pin.as_str());
        let set = database
            .set_pin(&tenant, &name, pin)
            .await
            .map_err(|e| e.to_string())?;
        set.map_err(|bad| format!("the PIN of {name}: {bad:?}"))?;
    }
    database.close().await;
    Ok(())
}

/// Writes a file that only its owner may read.
fn keep_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_that_was_changed_is_not_told_as_the_pin() {
        let folder = std::env::temp_dir().join(format!("rappel-phones-{}", std::process::id()));
        let data = folder.join("data");
        fs::create_dir_all(&folder).expect("a folder of the test");
        let changed = || {
            let phones = ensure(&folder, &data, "rappel").expect("the phones of the demo");
            let changed = phones.iter().filter(|phone| phone.pin_changed);
            changed.map(|phone| phone.user).collect::<Vec<_>>()
        };
        assert!(changed().is_empty(), "they are new");
        assert!(changed().is_empty(), "they are as they were");
        let set = async {
            let database = Database::open(&Folder::new(&data)).await.expect("it opens");
            let (tenant, user) = (TenantId::from(TENANT), UserName::from("poste-11"));
            let set = database
                .set_pin(&tenant, &user, Secret::new("827364"))
                .await;
            database.close().await;
            set.expect("the store is there").expect("the PIN is good")
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime of the test");
        assert!(runtime.block_on(set));
        let after = changed();
        fs::remove_dir_all(&folder).expect("the folder of the test");
        assert_eq!(after, ["poste-11"]);
    }
}
