//! The queue: tickets in this process' memory.
//!
//! It may lose everything: a start rebuilds it from the rows. So it never touches the disk.

use std::sync::Arc;

use async_trait::async_trait;
use tally_jobs::model::Ticket;
use tally_jobs::ports::{Handed, JobQueue, Receipt};
use tally_kernel::Fault;

use crate::jobs::board::Board;

/// The queue of one folder.
pub struct QueueInMemory {
    board: Arc<Board>,
}

impl QueueInMemory {
    /// The queue over this board.
    pub fn new(board: Arc<Board>) -> Self {
        Self { board }
    }

    fn take(&self) -> Option<(Ticket, Receipt)> {
        let mut state = self.board.lock();
        let ticket = state.lines.pop()?;
        state.receipts += 1;
        let receipt = state.receipts;
        state.handed.insert(receipt, ticket);
        Some((ticket, Receipt(receipt)))
    }
}

#[async_trait]
impl JobQueue for QueueInMemory {
    async fn offer(&self, ticket: Ticket) -> Result<(), Fault> {
        self.board.offer(ticket);
        Ok(())
    }

    async fn next(&self) -> Result<Handed, Fault> {
        loop {
            // A permit is given to one who waits, in their order; one who leaves gives it on. From here to the end
            // nothing waits, so a dropped future has either taken no ticket or returned it.
            let Ok(permit) = self.board.ready.acquire().await else { return Ok(Handed::Closed) };
            permit.forget();
            if let Some((ticket, receipt)) = self.take() {
                return Ok(Handed::Ticket(ticket, receipt));
            }
        }
    }

    async fn done(&self, receipt: Receipt) -> Result<(), Fault> {
        self.board.lock().handed.remove(&receipt.0);
        Ok(())
    }

    async fn give_back(&self, receipt: Receipt) -> Result<(), Fault> {
        let mut state = self.board.lock();
        if let Some(ticket) = state.handed.remove(&receipt.0) {
            state.lines.push_front(ticket.priority, ticket);
            drop(state);
            self.board.ready.add_permits(1);
        }
        Ok(())
    }

    fn close(&self) {
        self.board.ready.close();
    }
}
