//! Users: digests, PINs and their lock, and who may read the file.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::scratch::Scratch;

async fn empty() -> (Scratch, Database) {
    let scratch = Scratch::new();
    let database = Database::open(&scratch.folder()).await.unwrap();
    (scratch, database)
}

fn user(tenant: &str, name: &str, realm: &str) -> NewUser {
    NewUser {
        tenant: tenant.into(),
        name: name.into(),
        realm: realm.to_owned(),
        ha1: vec![
            (Ha1Algorithm::Md5, Secret::new("0123")),
            (Ha1Algorithm::Sha256, Secret::new("4567")),
        ],
        offered: vec![Ha1Algorithm::Md5, Ha1Algorithm::Sha256],
        created: Timestamp::from_micros(1),
    }
}

fn minute(n: i64) -> Timestamp {
    Timestamp::from_micros(n * 60_000_000)
}

#[tokio::test]
async fn a_user_comes_back_with_the_algorithms_it_was_given() {
    let (_scratch, database) = empty().await;
    let mut old = user("garage", "atelier", "rappel");
    old.ha1.truncate(1);
    old.offered.truncate(1);
    database.add_user(&old).await.unwrap();
    database
        .add_user(&user("garage", "poste-11", "rappel"))
        .await
        .unwrap();
    let users = database.users().await.unwrap();
    assert_eq!(users.len(), 2);
    assert_eq!(users[0].ha1, old.ha1);
    assert_eq!(users[1].ha1, user("garage", "poste-11", "rappel").ha1);
    assert!(!users[0].has_pin);
}

#[tokio::test]
async fn what_is_offered_changes_without_a_new_password() {
    let (_scratch, database) = empty().await;
    let (tenant, name) = ("garage".into(), "11".into());
    let added = user("garage", "11", "rappel");
    database.add_user(&added).await.unwrap();
    let md5 = [Ha1Algorithm::Md5];
    assert!(database.offer(&tenant, &name, &md5).await.unwrap());
    assert_eq!(database.users().await.unwrap()[0].ha1, added.ha1[..1]);
    let both = [Ha1Algorithm::Sha256, Ha1Algorithm::Md5];
    assert!(database.offer(&tenant, &name, &both).await.unwrap());
    assert_eq!(database.users().await.unwrap()[0].ha1, added.ha1);
    let never = [Ha1Algorithm::Sha512_256];
    assert!(!database.offer(&tenant, &name, &never).await.unwrap());
    assert!(!database.offer(&tenant, &"12".into(), &md5).await.unwrap());
    assert_eq!(database.users().await.unwrap()[0].ha1, added.ha1);
}

#[tokio::test]
async fn a_name_is_unique_within_a_realm() {
    let (_scratch, database) = empty().await;
    database
        .add_user(&user("garage", "11", "rappel"))
        .await
        .unwrap();
    for second in [
        user("garage", "11", "rappel"),
        user("notaire", "11", "rappel"),
    ] {
        assert!(matches!(
            database.add_user(&second).await,
            Err(Error::Conflict(_))
        ));
    }
    database
        .add_user(&user("notaire", "11", "notaire.example"))
        .await
        .unwrap();
    assert_eq!(database.users().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_running_engine_notices_every_change_and_nothing_else() {
    let (scratch, database) = empty().await;
    // The engine and the command line are two processes: two doors to the same file.
    let command = Database::open(&scratch.folder()).await.unwrap();
    let (mut seen, users) = database
        .users_if_changed(UsersVersion::default())
        .await
        .unwrap()
        .unwrap();
    assert!(users.is_empty(), "the first look always tells");
    assert_eq!(database.users_if_changed(seen).await.unwrap(), None);

    let (tenant, name) = ("garage".into(), "11".into());
    command
        .add_user(&user("garage", "11", "rappel"))
        .await
        .unwrap();
    let changed = database.users_if_changed(seen).await.unwrap();
    (seen, _) = changed.expect("a new user is a change");
    let pin = Secret::new("2580");
    command.set_pin(&tenant, &name, pin).await.unwrap().unwrap();
    let changed = database.users_if_changed(seen).await.unwrap();
    let (version, users) = changed.expect("a PIN is a change");
    assert!(users[0].has_pin);
    seen = version;
    let wrong = Secret::new("0852");
    command
        .check_pin(&tenant, &name, wrong, minute(0))
        .await
        .unwrap();
    assert_eq!(
        database.users_if_changed(seen).await.unwrap(),
        None,
        "a try is none"
    );
    assert!(command.remove_user(&tenant, &name).await.unwrap());
    let (_, users) = database.users_if_changed(seen).await.unwrap().unwrap();
    assert!(users.is_empty());
    assert!(!command.remove_user(&tenant, &name).await.unwrap());
}

#[tokio::test]
async fn five_wrong_pins_lock_for_a_quarter_of_an_hour() {
    let (_scratch, database) = empty().await;
    database
        .add_user(&user("garage", "11", "rappel"))
        .await
        .unwrap();
    let (tenant, name) = ("garage".into(), "11".into());
    let check = async |pin: &str, at| {
        database
            .check_pin(&tenant, &name, Secret::new(pin), at)
            .await
            .unwrap()
    };
    assert_eq!(check("2580", minute(0)).await, PinVerdict::NotSet);
    let bad = database
        .set_pin(&tenant, &name, Secret::new("1234"))
        .await
        .unwrap();
    assert_eq!(bad, Err(BadPin::Obvious));
    let set = database
        .set_pin(&tenant, &name, Secret::new("2580"))
        .await
        .unwrap();
    assert_eq!(set, Ok(true));
    for _ in 1..MAX_WRONG_PINS {
        assert_eq!(check("9999", minute(0)).await, PinVerdict::Wrong);
    }
    assert_eq!(
        check("2580", minute(0)).await,
        PinVerdict::Right,
        "forgets the wrong ones"
    );
    for _ in 0..MAX_WRONG_PINS {
        assert_eq!(check("9999", minute(1)).await, PinVerdict::Wrong);
    }
    assert_eq!(check("2580", minute(1)).await, PinVerdict::Locked);
    let is_unchanged = async |pin| {
        let pin = Secret::new(pin);
        database.is_pin_unchanged(&tenant, &name, pin).await
    };
    assert_eq!(is_unchanged("2580").await, Ok(true));
    for _ in 0..MAX_WRONG_PINS {
        assert_eq!(is_unchanged("9999").await, Ok(false));
    }
    assert_eq!(check("2580", minute(15)).await, PinVerdict::Locked);
    assert_eq!(
        check("9999", minute(16)).await,
        PinVerdict::Wrong,
        "a new count begins"
    );
    assert_eq!(check("2580", minute(16)).await, PinVerdict::Right);
    for _ in 0..MAX_WRONG_PINS {
        check("9999", minute(20)).await;
    }
    database
        .set_pin(&tenant, &name, Secret::new("1470"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        check("1470", minute(20)).await,
        PinVerdict::Right,
        "a new PIN unlocks"
    );
    let unknown = "nobody".into();
    let verdict = database
        .check_pin(&tenant, &unknown, Secret::new("2580"), minute(0))
        .await;
    assert_eq!(verdict, Ok(PinVerdict::NotSet));
}

#[tokio::test]
async fn many_tries_at_the_same_time_get_no_more_than_five() {
    let (_scratch, database) = empty().await;
    database
        .add_user(&user("garage", "11", "rappel"))
        .await
        .unwrap();
    let (tenant, name): (TenantId, UserName) = ("garage".into(), "11".into());
    database
        .set_pin(&tenant, &name, Secret::new("2580"))
        .await
        .unwrap()
        .unwrap();
    let tries: Vec<_> = (0..12)
        .map(|n| {
            let (database, tenant, name) = (database.clone(), tenant.clone(), name.clone());
            let pin = Secret::new(format!("70{n:02}"));
            tokio::spawn(async move { database.check_pin(&tenant, &name, pin, minute(0)).await })
        })
        .collect();
    let mut looked_at = 0;
    for one in tries {
        if one.await.unwrap().unwrap() == PinVerdict::Wrong {
            looked_at += 1;
        }
    }
    assert_eq!(looked_at, MAX_WRONG_PINS);
}

#[tokio::test]
async fn nobody_else_can_read_the_files() {
    let (scratch, database) = empty().await;
    database
        .add_user(&user("garage", "11", "rappel"))
        .await
        .unwrap();
    let folder = scratch.folder();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.database()), 0o600);
    assert_eq!(mode(&folder.path().join("rappel.db-wal")), 0o600);
    assert_eq!(mode(&folder.recordings()), 0o700);
    database.close().await;
    let loose = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.database(), loose).unwrap();
    Database::open(&folder).await.unwrap();
    assert_eq!(mode(&folder.database()), 0o600, "taken back");
}

#[tokio::test]
async fn neither_pin_nor_password_is_in_any_file() {
    let (scratch, database) = empty().await;
    database
        .add_user(&user("garage", "11", "rappel"))
        .await
        .unwrap();
    let (tenant, name) = ("garage".into(), "11".into());
    let pin = "739146825037";
    database
        .set_pin(&tenant, &name, Secret::new(pin))
        .await
        .unwrap()
        .unwrap();
    database
        .check_pin(&tenant, &name, Secret::new(pin), minute(0))
        .await
        .unwrap();
    for file in std::fs::read_dir(scratch.folder().path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(
                !bytes.windows(pin.len()).any(|w| w == pin.as_bytes()),
                "{path:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_new_password_ends_all_that_was_proved_with_the_old_one() {
    let (_scratch, database) = empty().await;
    let mut one = user("garage", "11", "rappel");
    one.offered.truncate(1);
    database.add_user(&one).await.unwrap();
    database
        .add_user(&user("garage", "12", "rappel"))
        .await
        .unwrap();
    let mut connection = database.connect().await.unwrap();
    for name in ["11", "12"] {
        let phone = crate::scratch::reached(name, 5060);
        registrations::set(&mut connection, &phone).await.unwrap();
    }
    let seen = UsersVersion::default();
    let (seen, _) = database.users_if_changed(seen).await.unwrap().unwrap();
    let new: Vec<_> = Ha1Algorithm::ALL
        .map(|algorithm| {
            (
                algorithm,
                Secret::new(format!("new {}", algorithm.as_str())),
            )
        })
        .into();
    let (tenant, name) = ("garage".into(), "11".into());
    assert!(database.set_password(&tenant, &name, &new).await.unwrap());
    let (_, users) = database.users_if_changed(seen).await.unwrap().unwrap();
    assert_eq!(users[0].ha1, new[..1], "what is offered stays");
    assert_eq!(users[1].ha1, user("garage", "12", "rappel").ha1);
    let reached = database.registrations(9).await.unwrap();
    assert_eq!((reached.len(), reached[0].user.as_str()), (1, "12"));
    let all = Ha1Algorithm::ALL;
    assert!(database.offer(&tenant, &name, &all).await.unwrap());
    assert_eq!(database.users().await.unwrap()[0].ha1, new);
    assert!(database.remove_user(&tenant, &"12".into()).await.unwrap());
    assert_eq!(database.registrations(9).await.unwrap(), []);
    let nobody = database.set_password(&tenant, &"13".into(), &new).await;
    assert!(!nobody.unwrap());
}
