//! What was kept long enough goes: recordings of calls whose flow said for how long.

use std::sync::Arc;
use std::time::Duration;

use rappel_net::Clock;
use rappel_store::Store;

/// Looks at every start and every hour.
pub(super) async fn keep(store: Arc<Store>, clock: Clock) {
    let mut due = tokio::time::interval(EVERY);
    loop {
        due.tick().await;
        match store.expire_recordings(clock.now().wall).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "recordings of calls were kept long enough and go"),
            Err(error) => tracing::error!(%error, "recordings that ran out cannot be found"),
        }
    }
}

/// How late a recording may go: its step keeps it for whole days.
const EVERY: Duration = Duration::from_secs(3_600);
