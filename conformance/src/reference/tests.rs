//! Two hosts that talk to each other over a link of a few lines.

mod link;

use std::time::Duration;

use self::link::{Impaired, Pair};
use crate::plan::{Family, Plan};
use crate::script::{App, Order};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn pair(family: Family) -> Pair {
    Pair::new(Plan { family, target_max: 8, ..Plan::default() }, Impaired::default())
}

#[test]
fn opens_joins_and_echoes_in_both_versions_of_ip() {
    for family in Family::BOTH {
        let mut pair = pair(family);
        pair.connect(App::Sink);
        pair.run(seconds(1));
        assert!(pair.client().mptcp && pair.server().mptcp);
        pair.order_client(&Order::Join { conn: 0, from: 1, to: 0 });
        pair.order_server(&Order::Announce { conn: 0, address: 1 });
        pair.run(seconds(1));
        assert_eq!(pair.client().census().established, 3, "{family}");
        assert_eq!(pair.server().census().established, 3, "{family}");
        pair.order_client(&Order::Write { conn: 0, octets: 100_000 });
        pair.run(seconds(10));
        assert_eq!(pair.echoed(), 100_000, "{family}");
        for subflow in &pair.client().subflows {
            assert!(subflow.tcp.taken > 10_000, "{family}: {}", subflow.tcp.taken);
        }
        pair.order_client(&Order::Close(0));
        pair.run(seconds(3));
        assert!(pair.client().done && pair.server().done, "{family}");
        assert!(pair.client().subflows.is_empty() && pair.server().subflows.is_empty());
    }
}
