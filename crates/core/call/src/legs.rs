//! The legs of one call by their numbers: mostly one or two, so that a short list costs less than a tree,
//! whose smallest node has room for eleven.

use rappel_model::LegId;

use crate::leg::Leg;

/// Some legs, in the order of their numbers.
#[derive(Debug, Default)]
pub(crate) struct Legs(Vec<(LegId, Box<Leg>)>);

impl Legs {
    pub(crate) fn get(&self, id: &LegId) -> Option<&Leg> {
        let place = self.place(id).ok()?;
        Some(&self.0[place].1)
    }

    pub(crate) fn get_mut(&mut self, id: &LegId) -> Option<&mut Leg> {
        let place = self.place(id).ok()?;
        Some(&mut self.0[place].1)
    }

    /// Takes a leg in; the one before it of that number, if there was one.
    pub(crate) fn insert(&mut self, id: LegId, leg: Leg) -> Option<Leg> {
        match self.place(&id) {
            Ok(place) => Some(std::mem::replace(&mut *self.0[place].1, leg)),
            Err(place) => {
                // One at a time: most calls never have another.
                self.0.reserve_exact(1);
                self.0.insert(place, (id, Box::new(leg)));
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, id: &LegId) -> Option<Leg> {
        let place = self.place(id).ok()?;
        Some(*self.0.remove(place).1)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Leg> {
        self.0.iter().map(|(_, leg)| &**leg)
    }

    fn place(&self, id: &LegId) -> Result<usize, usize> {
        self.0.binary_search_by_key(id, |(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use rappel_model::Now;
    use rappel_sip::DialogId;

    use super::*;
    use crate::leg::Role;

    fn leg(id: u64) -> Leg {
        let role = Role::Caller(None);
        let (id, dialog) = (LegId(id), DialogId(id));
        Leg::new(Now::default(), id, dialog, role, String::new(), None)
    }

    #[test]
    fn legs_are_found_by_their_numbers_and_told_in_order() {
        let mut legs = Legs::default();
        for id in [5, 2, 9] {
            assert!(legs.insert(LegId(id), leg(id)).is_none());
        }
        assert!(legs.insert(LegId(5), leg(7)).is_some());
        let told: Vec<u64> = legs.values().map(|leg| leg.dialog.0).collect();
        assert_eq!((told, legs.len()), (vec![2, 7, 9], 3));
        assert_eq!(legs.get(&LegId(5)).map(|leg| leg.dialog), Some(DialogId(7)));
        assert!(legs.remove(&LegId(2)).is_some() && legs.get_mut(&LegId(2)).is_none());
        assert_eq!(legs.values().count(), 2);
    }
}
