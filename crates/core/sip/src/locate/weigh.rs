//! The order of servers by priority and weight (RFC 2782).

use rappel_model::Random;

use crate::records::Srv;

/// Servers in the order to try them: by priority, lowest first; within one, drawn by weight, so that
/// each comes first as often as its share says. Weight 0 comes first once in a while only: it stands
/// at the beginning of the running sums, as the RFC has it.
pub(super) fn weigh(mut servers: Vec<Srv>, random: &mut Random) -> Vec<Srv> {
    servers.sort_by_key(|server| (server.priority, server.weight));
    let mut ordered = Vec::with_capacity(servers.len());
    while let Some(first) = servers.first() {
        let priority = first.priority;
        let same = servers
            .iter()
            .take_while(|server| server.priority == priority)
            .count();
        let total: u64 = servers[..same].iter().map(|s| u64::from(s.weight)).sum();
        // "between 0 and the sum computed (inclusive)"
        let drawn = random.below(total + 1);
        let mut sum = 0;
        let at = servers[..same].iter().position(|server| {
            sum += u64::from(server.weight);
            sum >= drawn
        });
        ordered.push(servers.remove(at.unwrap_or(0)));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn server(priority: u16, weight: u16, target: &str) -> Srv {
        Srv {
            priority,
            weight,
            port: 5060,
            target: target.to_owned(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Nothing is lost or made up, and priorities never fall.
        #[test]
        fn an_order_is_a_permutation_by_priority(
            list in prop::collection::vec((0_u16..4, 0_u16..=u16::MAX), 0..20),
            seed in any::<u64>(),
        ) {
            let servers: Vec<_> = list
                .iter()
                .enumerate()
                .map(|(at, (priority, weight))| server(*priority, *weight, &at.to_string()))
                .collect();
            let ordered = weigh(servers.clone(), &mut Random::from_seed(seed));
            prop_assert!(ordered.is_sorted_by_key(|server| server.priority));
            let names = |list: &[Srv]| {
                let mut names: Vec<_> = list.iter().map(|s| s.target.clone()).collect();
                names.sort();
                names
            };
            prop_assert_eq!(names(&ordered), names(&servers));
        }
    }

    #[test]
    fn each_comes_first_as_often_as_its_weight_says() {
        let servers = vec![
            server(1, 60, "a"),
            server(1, 30, "b"),
            server(1, 10, "c"),
            server(2, 99, "later"),
        ];
        let mut random = Random::from_seed(7);
        let mut first = [0_u32; 3];
        for _ in 0..10_000 {
            let ordered = weigh(servers.clone(), &mut random);
            assert_eq!(ordered[3].target, "later");
            first[usize::from(ordered[0].target.as_bytes()[0] - b'a')] += 1;
        }
        let near = |count: u32, share: u32| count.abs_diff(share) < 250;
        assert!(
            near(first[0], 6000) && near(first[1], 3000) && near(first[2], 1000),
            "{first:?}"
        );
    }

    #[test]
    fn without_weights_the_order_stays() {
        let servers = vec![server(1, 0, "a"), server(1, 0, "b")];
        let ordered = weigh(servers.clone(), &mut Random::from_seed(1));
        assert_eq!(ordered, servers);
    }
}
