//! In the place of Opus where this build has none: nothing that could be called can be made.

use super::{Error, OpusSettings};
use crate::frame::Rate;

#[derive(Debug)]
pub(super) enum Decoder {}

impl Decoder {
    pub(super) fn new(_: Rate) -> Result<Self, Error> {
        Err(Error::NotBuilt)
    }

    pub(super) fn decode(&mut self, _: &[u8], _: &mut [i16]) -> usize {
        match *self {}
    }

    pub(super) fn conceal(&mut self, _: &mut [i16]) -> usize {
        match *self {}
    }

    pub(super) fn recover(&mut self, _: &[u8], _: &mut [i16]) -> usize {
        match *self {}
    }
}

#[derive(Debug)]
pub(super) enum Encoder {}

impl Encoder {
    pub(super) fn new(_: Rate, _: OpusSettings) -> Result<Self, Error> {
        Err(Error::NotBuilt)
    }

    pub(super) fn encode(&mut self, _: &[i16], _: &mut [u8]) -> usize {
        match *self {}
    }

    pub(super) fn expect_loss(&mut self, _: u8) {
        match *self {}
    }
}
