//! Batches: committed whole, answered once; a full disk loses nothing that was acknowledged.

use std::sync::mpsc::{Receiver, channel};

use rappel_model::{MessageId, Timestamp};

use super::*;
use crate::database::Database;
use crate::reply::Reply;
use crate::scratch::{Scratch, call, message, reached};
use crate::table::calls::CallFilter;
use crate::table::messages::MessageFilter;

struct Desk {
    _scratch: Scratch,
    database: Database,
    batcher: Batcher,
}

impl Desk {
    async fn new() -> Self {
        let scratch = Scratch::new();
        let database = Database::open(&scratch.folder()).await.unwrap();
        let batcher = Batcher::new(database.connect().await.unwrap());
        Self {
            _scratch: scratch,
            database,
            batcher,
        }
    }

    /// Lets the database grow by `pages` more, as a disk with so much room would.
    async fn room(&mut self, pages: u32) {
        let count = sqlx::query_scalar("PRAGMA page_count");
        let count: u32 = count.fetch_one(&mut self.batcher.connection).await.unwrap();
        let pragma = format!("PRAGMA max_page_count = {}", count + pages);
        let pragma = sqlx::query(sqlx::AssertSqlSafe(pragma));
        pragma.execute(&mut self.batcher.connection).await.unwrap();
    }

    async fn calls(&self) -> usize {
        let filter = CallFilter {
            tenant: None,
            last: crate::MAX_LISTED,
        };
        self.database.calls(&filter).await.unwrap().len()
    }

    async fn messages(&self) -> Vec<MessageId> {
        let messages = self.database.messages(&MessageFilter::default()).await;
        messages.unwrap().iter().map(|m| m.id).collect()
    }
}

fn plain(row: Row) -> Entry {
    Entry { row, reply: None }
}

fn asked(row: Row) -> (Entry, Receiver<Result<(), Error>>) {
    let (sender, receiver) = channel();
    let reply = Some(Reply::new(move |result| sender.send(result).unwrap()));
    (Entry { row, reply }, receiver)
}

fn calls_of(numbers: std::ops::Range<u128>) -> Vec<Entry> {
    numbers
        .map(|n| plain(Row::Call(Box::new(call(n)))))
        .collect()
}

#[tokio::test]
async fn a_batch_is_committed_whole_and_acknowledged_after() {
    let mut desk = Desk::new().await;
    let (keep, answer) = asked(Row::Keep(Box::new(message(1))));
    let mut batch = calls_of(0..10);
    batch.push(keep);
    desk.batcher.commit(batch).await;
    assert_eq!(answer.try_recv(), Ok(Ok(())));
    assert_eq!(desk.calls().await, 10);
    assert_eq!(desk.messages().await, [MessageId(1)]);
}

#[tokio::test]
async fn telling_twice_changes_nothing() {
    let mut desk = Desk::new().await;
    for _ in 0..2 {
        let (keep, answer) = asked(Row::Keep(Box::new(message(1))));
        desk.batcher.commit(calls_of(0..3)).await;
        desk.batcher.commit(vec![keep]).await;
        assert_eq!(answer.try_recv(), Ok(Ok(())));
    }
    assert_eq!((desk.calls().await, desk.messages().await.len()), (3, 1));
}

#[tokio::test]
async fn a_row_that_is_refused_does_not_take_the_others_with_it() {
    let mut desk = Desk::new().await;
    let (wrong, wrong_answer) = asked(Row::Delete(MessageId(404), Timestamp::default()));
    let (keep, answer) = asked(Row::Keep(Box::new(message(1))));
    let mut batch = calls_of(0..3);
    batch.extend([wrong, keep]);
    desk.batcher.commit(batch).await;
    assert!(matches!(
        wrong_answer.try_recv(),
        Ok(Err(Error::Unknown(_)))
    ));
    assert_eq!(answer.try_recv(), Ok(Ok(())));
    assert_eq!((desk.calls().await, desk.messages().await.len()), (3, 1));
    assert!(!desk.batcher.is_waiting());
}

#[tokio::test]
async fn on_a_full_disk_nothing_acknowledged_is_lost_and_records_wait() {
    let mut desk = Desk::new().await;
    desk.room(8).await;
    let mut promised = Vec::new();
    let mut refused = 0;
    for number in 0..400 {
        let (keep, answer) = asked(Row::Keep(Box::new(message(number))));
        let mut batch = calls_of(number * 2..number * 2 + 2);
        batch.push(keep);
        desk.batcher.commit(batch).await;
        match answer.try_recv().unwrap() {
            Ok(()) => promised.push(MessageId(number)),
            Err(error) => {
                assert_eq!(error, Error::Full);
                refused += 1;
            }
        }
    }
    assert!(
        !promised.is_empty() && refused > 100,
        "the disk did fill up"
    );
    assert!(desk.batcher.is_waiting());
    assert_eq!(
        desk.messages().await,
        promised,
        "what was promised, no less and no more"
    );

    desk.batcher.retry().await;
    assert!(desk.batcher.is_waiting(), "still full");
    let (settled, answer) = asked(Row::Nothing);
    desk.batcher.commit(vec![settled]).await;
    assert_eq!(answer.try_recv(), Ok(Err(Error::Full)), "records wait");
    desk.room(10_000).await;
    desk.batcher.retry().await;
    assert!(!desk.batcher.is_waiting());
    assert_eq!(
        desk.calls().await,
        800,
        "every record was kept until there was room"
    );
    assert_eq!(desk.messages().await, promised);

    let (keep, answer) = asked(Row::Keep(Box::new(message(1_000))));
    desk.batcher.commit(vec![keep]).await;
    assert_eq!(answer.try_recv(), Ok(Ok(())), "and all is well again");
}

#[tokio::test]
async fn the_backlog_has_a_bound_and_loses_the_oldest() {
    let mut desk = Desk::new().await;
    desk.room(0).await;
    let count = |n: usize| {
        plain(Row::Count(
            "garage".into(),
            format!("c{n:05}"),
            Timestamp::default(),
        ))
    };
    // The first pages have some room left: fill it before counting.
    let mut filler = 1_000_000;
    while !desk.batcher.is_waiting() {
        desk.batcher.commit(calls_of(filler..filler + 8)).await;
        filler += 8;
    }
    desk.batcher.backlog.clear();
    desk.batcher.keep_waiting(count(0).row);
    desk.batcher
        .commit((1..MAX_BACKLOG).map(count).collect())
        .await;
    assert_eq!(
        (desk.batcher.backlog.len(), desk.batcher.lost),
        (MAX_BACKLOG, 0)
    );
    desk.batcher.commit(vec![count(MAX_BACKLOG)]).await;
    assert_eq!(
        (desk.batcher.backlog.len(), desk.batcher.lost),
        (MAX_BACKLOG, 1)
    );
    desk.room(10_000).await;
    desk.batcher.retry().await;
    let counts = desk
        .database
        .counts(&"garage".into(), Timestamp::default())
        .await
        .unwrap();
    assert_eq!(counts.len(), MAX_BACKLOG);
    assert_eq!(
        counts[0].name, "c00001",
        "the oldest is the one that was lost"
    );
}

#[tokio::test]
async fn what_waits_is_tried_once_more_at_the_end_and_told_if_it_is_lost() {
    let mut desk = Desk::new().await;
    desk.room(0).await;
    let mut filler = 0;
    while !desk.batcher.is_waiting() {
        desk.batcher.commit(calls_of(filler..filler + 8)).await;
        filler += 8;
    }
    assert_eq!(desk.batcher.close().await, Err(Error::Full));
}

#[tokio::test]
async fn calls_among_other_rows_are_all_kept() {
    let mut desk = Desk::new().await;
    let entry = |n: u128| plain(Row::Call(Box::new(call(n))));
    let mut rows: Vec<Entry> = (0..20).map(entry).collect();
    rows.insert(7, plain(Row::Keep(Box::new(message(1)))));
    rows.push(plain(Row::Nothing));
    rows.push(entry(20));
    desk.batcher.commit(rows).await;
    assert_eq!(desk.calls().await, 21);
    assert_eq!(desk.messages().await, [MessageId(1)]);
}

/// Where phones are reached changes more often than anything else is written: it must not push records
/// of calls out of the backlog, and only the last word of each user counts.
#[tokio::test]
async fn phones_that_come_and_go_take_no_room_from_records() {
    let mut desk = Desk::new().await;
    desk.room(0).await;
    let mut filler = 0;
    while !desk.batcher.is_waiting() {
        desk.batcher.commit(calls_of(filler..filler + 8)).await;
        filler += 8;
    }
    let records = desk.batcher.backlog.len();
    let word = |user: u16, port: u16| {
        plain(Row::Reached(Box::new(reached(
            &format!("poste-{user}"),
            port,
        ))))
    };
    for port in 1..=50 {
        desk.batcher
            .commit((0..20).map(|user| word(user, port)).collect())
            .await;
    }
    desk.batcher.retry().await;
    assert_eq!(desk.batcher.backlog.len(), records, "still full");
    assert_eq!(desk.batcher.reached.len(), 20);
    desk.room(10_000).await;
    desk.batcher.retry().await;
    assert!(!desk.batcher.is_waiting());
    assert_eq!(desk.calls().await as u128, filler);
    let kept = desk.database.registrations(100).await.unwrap();
    assert_eq!(kept.len(), 20);
    assert!(kept.iter().all(|user| user.devices[0].remote.port() == 50));
}
