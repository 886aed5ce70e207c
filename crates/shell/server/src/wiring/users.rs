//! Users as the signalling room knows them, read from the store at start and whenever they change.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use rappel_sip::auth::Algorithm;
use rappel_sip::{Credentials, UserId};
use rappel_store::{Ha1Algorithm, Store, UserRecord, UsersVersion};
use rappel_switchboard::Input;

/// All users at start, and which state of them that is.
pub(crate) async fn known(
    store: &Store,
) -> Result<(UsersVersion, Vec<Credentials>), rappel_store::Error> {
    let seen = UsersVersion::default();
    let found = store.database().users_if_changed(seen).await?;
    let (seen, users) = found.unwrap_or_default();
    tracing::info!(users = users.len(), "users read");
    Ok((seen, users.into_iter().map(credentials).collect()))
}

/// Tells the core of every change since `seen` within a second, for as long as the engine runs.
pub(crate) async fn watch(store: Arc<Store>, inbox: SyncSender<Input>, mut seen: UsersVersion) {
    loop {
        match store.database().users_if_changed(seen).await {
            Ok(Some((version, users))) => {
                tracing::info!(users = users.len(), "users read");
                let users = users.into_iter().map(credentials).collect();
                // With a full inbox the same users are told again at the next look.
                if inbox.try_send(Input::Users(users)).is_ok() {
                    seen = version;
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the users cannot be read"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn credentials(user: UserRecord) -> Credentials {
    let algorithm = |found: Ha1Algorithm| match found {
        Ha1Algorithm::Sha512_256 => Algorithm::Sha512_256,
        Ha1Algorithm::Sha256 => Algorithm::Sha256,
        Ha1Algorithm::Md5 => Algorithm::Md5,
    };
    let mut ha1: Vec<_> = user
        .ha1
        .into_iter()
        .map(|(found, hash)| (algorithm(found), hash))
        .collect();
    // Strongest first, as they are offered (RFC 8760 §2.3).
    ha1.sort_by_key(|(algorithm, _)| *algorithm);
    Credentials {
        username: user.name.to_string(),
        id: UserId {
            tenant: user.tenant,
            user: user.name,
        },
        realm: user.realm,
        ha1,
    }
}

/// How often the store is asked whether users changed: one read of a page that is in memory.
const EVERY: Duration = Duration::from_millis(500);
