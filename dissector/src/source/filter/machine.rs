//! The classic BPF machine, for the one thing that libpcap's binding can't tell a program.
//!
//! The binding passes the captured octets as the frame's length on the wire, too, so `len`,
//! `less` and `greater` are wrong about frames that were cut. Programs that ask for the length
//! are run here on such frames. The instructions are those of "The `BSD` Packet Filter" (USENIX
//! 1993), in the numbering of `bpf(4)`.

use pcap::BpfInstruction;

/// Instructions after which a program is given up; only a loop gets there.
const MAX_STEPS: u32 = 100_000;

/// One instruction: what to do, two distances to jump, and a number.
#[derive(Clone, Copy, Debug)]
struct Instruction {
    code: u16,
    if_true: u8,
    if_false: u8,
    number: u32,
}

/// A program that asks for a frame's length.
#[derive(Debug)]
pub(super) struct Machine(Vec<Instruction>);

/// The state of a run: accumulator, index register and scratch memory.
#[derive(Default)]
struct Registers {
    a: u32,
    x: u32,
    scratch: [u32; 16],
}

const LOAD_LENGTH: u16 = 0x80;
const LOAD_LENGTH_X: u16 = 0x81;

impl Machine {
    /// Takes over a program if it asks for the length.
    pub(super) fn of(program: &[BpfInstruction]) -> Option<Self> {
        // The binding shows an instruction's numbers in no other way than as text.
        let program: Option<Vec<_>> = program
            .iter()
            .map(|instruction| Instruction::parse(&instruction.to_string()))
            .collect();
        program.map(Self).filter(|machine| {
            machine.0.iter().any(|step| matches!(step.code, LOAD_LENGTH | LOAD_LENGTH_X))
        })
    }

    /// Whether the program accepts a frame of which `octets` were captured.
    pub(super) fn accepts(&self, octets: &[u8], wire_len: u32) -> bool {
        self.run(octets, wire_len).is_some_and(|kept| kept > 0)
    }

    /// What the program returns; none, which is a refusal, if it reads past the frame or has a
    /// fault of its own.
    fn run(&self, octets: &[u8], wire_len: u32) -> Option<u32> {
        let mut registers = Registers::default();
        let mut at = 0_usize;
        for _ in 0..MAX_STEPS {
            let step = *self.0.get(at)?;
            at = at.checked_add(1)?;
            let class = step.code & 0x07;
            match class {
                0x00 | 0x01 => registers.load(step, octets, wire_len)?,
                0x02 => *registers.scratch.get_mut(step.number as usize)? = registers.a,
                0x03 => *registers.scratch.get_mut(step.number as usize)? = registers.x,
                0x04 => registers.a = registers.compute(step)?,
                0x05 => {
                    let distance = registers.distance(step)?;
                    at = usize::try_from(i64::try_from(at).ok()?.checked_add(distance)?).ok()?;
                }
                0x06 => {
                    let returned = if step.code & 0x18 == 0x10 { registers.a } else { step.number };
                    return Some(returned);
                }
                _ if step.code & 0xf8 == 0x80 => registers.a = registers.x,
                _ => registers.x = registers.a,
            }
        }
        None
    }
}

impl Instruction {
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ');
        Some(Self {
            code: numbers.next()?.parse().ok()?,
            if_true: numbers.next()?.parse().ok()?,
            if_false: numbers.next()?.parse().ok()?,
            number: numbers.next()?.parse().ok()?,
        })
    }
}

impl Registers {
    fn load(&mut self, step: Instruction, octets: &[u8], wire_len: u32) -> Option<()> {
        let base = match step.code & 0xe0 {
            0x40 => self.x,
            _ => 0,
        };
        let value = match step.code & 0xe0 {
            0x00 => step.number,
            0x20 | 0x40 => {
                let from = octets.get(base.checked_add(step.number)? as usize..)?;
                match step.code & 0x18 {
                    0x00 => u32::from_be_bytes(*from.first_chunk()?),
                    0x08 => u16::from_be_bytes(*from.first_chunk()?).into(),
                    _ => u32::from(*from.first()?),
                }
            }
            0x60 => *self.scratch.get(step.number as usize)?,
            0x80 => wire_len,
            // The length of an IPv4 header, from the octet that holds it.
            _ => u32::from(*octets.get(step.number as usize)? & 0x0f) << 2,
        };
        match step.code & 0x07 {
            0 => self.a = value,
            _ => self.x = value,
        }
        Some(())
    }

    fn operand(&self, step: Instruction) -> u32 {
        if step.code & 0x08 == 0 { step.number } else { self.x }
    }

    fn compute(&self, step: Instruction) -> Option<u32> {
        let (a, other) = (self.a, self.operand(step));
        Some(match step.code & 0xf0 {
            0x00 => a.wrapping_add(other),
            0x10 => a.wrapping_sub(other),
            0x20 => a.wrapping_mul(other),
            0x30 => a.checked_div(other)?,
            0x40 => a | other,
            0x50 => a & other,
            0x60 => a.checked_shl(other).unwrap_or(0),
            0x70 => a.checked_shr(other).unwrap_or(0),
            0x80 => a.wrapping_neg(),
            0x90 => a.checked_rem(other)?,
            0xa0 => a ^ other,
            _ => return None,
        })
    }

    /// How many instructions a jump skips.
    fn distance(&self, step: Instruction) -> Option<i64> {
        let (a, other) = (self.a, self.operand(step));
        let holds = match step.code & 0xf0 {
            // The way back of a loop is a number of two's complement.
            0x00 => return Some(step.number.cast_signed().into()),
            0x10 => a == other,
            0x20 => a > other,
            0x30 => a >= other,
            0x40 => a & other != 0,
            _ => return None,
        };
        Some(if holds { step.if_true } else { step.if_false }.into())
    }
}

#[cfg(test)]
mod tests {
    use pcap::{BpfProgram, Capture, Linktype};
    use proptest::prelude::*;

    use super::*;

    fn compile(expression: &str) -> (BpfProgram, Machine) {
        let program = Capture::dead(Linktype::ETHERNET).unwrap().compile(expression, true).unwrap();
        let machine = Machine::of(program.get_instructions()).unwrap();
        (program, machine)
    }

    /// Expressions that ask for the length, and between them use most instructions.
    const EXPRESSIONS: [&str; 10] = [
        "greater 60",
        "less 80 and tcp",
        "len > 40 and tcp[13] & 2 != 0",
        "len - 14 = ip[2:2]",
        "len % 7 = 3 or len / 9 = 5",
        "tcp[(tcp[12] >> 2) - 1] < len",
        "ip6[4:2] + 54 = len or ip[0] & 0xf << 2 > len",
        "(len * 3) ^ 5 > ip[8] | 64 and not udp",
        "ip6 protochain 6 or len < 50",
        "ether[len - 1] = 0",
    ];

    proptest! {
        #[test]
        fn agrees_with_libpcap_on_whole_frames(
            mut octets in prop::collection::vec(any::<u8>(), 0..120),
            shape in 0..4_usize,
            which in 0..EXPRESSIONS.len(),
        ) {
            let start: &[(usize, &[u8])] = match shape {
                0 => &[(12, &[8, 0, 0x45]), (20, &[0, 0]), (23, &[6])],
                1 => &[(12, &[0x86, 0xdd, 0x60]), (20, &[6])],
                2 => &[(12, &[0x86, 0xdd, 0x60]), (20, &[0]), (54, &[6, 0])],
                _ => &[],
            };
            for (at, part) in start {
                for (place, octet) in octets.iter_mut().skip(*at).zip(*part) {
                    *place = *octet;
                }
            }
            let (program, machine) = compile(EXPRESSIONS[which]);
            let len = octets.len() as u32;
            prop_assert_eq!(machine.accepts(&octets, len), program.filter(&octets));
        }
    }

    #[test]
    fn only_programs_that_ask_for_the_length_are_taken() {
        let program = Capture::dead(Linktype::ETHERNET).unwrap().compile("tcp", true).unwrap();
        assert!(Machine::of(program.get_instructions()).is_none());
    }

    #[test]
    fn the_length_is_that_on_the_wire() {
        let (program, machine) = compile("greater 1000");
        assert!(!program.filter(&[0; 96]));
        assert!(machine.accepts(&[0; 96], 1_400));
        assert!(!machine.accepts(&[0; 96], 999));
    }
}
