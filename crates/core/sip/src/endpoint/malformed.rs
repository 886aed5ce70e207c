//! What could not be read: answered where RFC 3261 wants it, and counted.

use rappel_model::Now;

use super::Endpoint;
use super::respond::reply_flow_by;
use crate::header::Server as ServerHeader;
use crate::input::Flow;
use crate::output::Output;
use crate::wire::Malformed;

impl Endpoint {
    /// A message that could not be read: a request whose Via can be read gets its 400 (or 414, 505,
    /// 513) without a transaction (RFC 3261 §8.2.7); all else is dropped. Either way it is counted
    /// ([`super::Live::malformed`]) and reported as refused.
    pub fn handle_malformed(&mut self, now: Now, malformed: &Malformed, flow: Flow) {
        self.clock = now;
        self.malformed += 1;
        if let Some(mut refusal) = malformed.reply() {
            refusal.stamp(flow.remote);
            refusal.push(&ServerHeader(self.settings.product.clone()));
            let bytes = refusal.print();
            let flow = reply_flow_by(refusal.via(), flow);
            self.outputs.push_back(Output::Send {
                bytes,
                flow,
                host: None,
            });
        }
        self.refused(flow, malformed.why());
    }
}
