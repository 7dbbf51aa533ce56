//! What an application can be told, as one line of text each.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use mpdissect::wire::tcp::Endpoint;

use crate::script::{App, Order};

/// What an application can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppOrder {
    /// To abort all connections and number new ones from 0.
    Reset,
    /// To open a connection.
    Connect {
        /// What is done with it.
        app: App,
        /// Where to.
        to: Endpoint,
    },
    /// To send so many octets of the pattern on a connection, counted from 0 in the order in which
    /// they were opened or accepted.
    Write {
        /// The connection.
        conn: u8,
        /// How much, in octets.
        octets: u32,
    },
    /// To close a connection in an orderly way.
    Close(u8),
    /// To abort a connection.
    Abort(u8),
}

impl AppOrder {
    /// The order of a script as one to an application, if it is one.
    pub fn of(order: &Order) -> Option<Self> {
        match *order {
            Order::Connect { app, to } => Some(Self::Connect { app, to }),
            Order::Write { conn, octets } => Some(Self::Write { conn, octets }),
            Order::Close(conn) => Some(Self::Close(conn)),
            Order::Abort(conn) => Some(Self::Abort(conn)),
            _ => None,
        }
    }
}

impl fmt::Display for AppOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reset => f.write_str("reset"),
            Self::Connect { app, to } => {
                let to = SocketAddr::new(to.addr, to.port);
                write!(f, "connect {} {to}", app.name())
            }
            Self::Write { conn, octets } => write!(f, "write {conn} {octets}"),
            Self::Close(conn) => write!(f, "close {conn}"),
            Self::Abort(conn) => write!(f, "abort {conn}"),
        }
    }
}

impl FromStr for AppOrder {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |word: &str| {
            word.parse().map_err(|_| format!("{word} is no number of a connection, 0 to 255"))
        };
        match words.as_slice() {
            ["reset"] => Ok(Self::Reset),
            ["connect", app, to] => {
                let app = App::ALL.into_iter().find(|own| own.name() == *app);
                let app = app.ok_or_else(|| format!("no application of that name in: {line}"))?;
                let to: SocketAddr =
                    to.parse().map_err(|_| format!("{to} is no address with a port"))?;
                Ok(Self::Connect { app, to: endpoint(to) })
            }
            ["write", conn, octets] => {
                let octets =
                    octets.parse().map_err(|_| format!("{octets} is no count of octets"))?;
                Ok(Self::Write { conn: number(conn)?, octets })
            }
            ["close", conn] => Ok(Self::Close(number(conn)?)),
            ["abort", conn] => Ok(Self::Abort(number(conn)?)),
            _ => Err(format!("this order isn't known: {line}")),
        }
    }
}

fn endpoint(at: SocketAddr) -> Endpoint {
    let addr: IpAddr = at.ip().to_canonical();
    Endpoint { addr, port: at.port() }
}

#[cfg(test)]
mod tests {
    use mpdissect::wire::tcp::Endpoint;

    use super::AppOrder;
    use crate::script::App;

    #[test]
    fn orders_read_back() {
        let to = |addr: &str| Endpoint { addr: addr.parse().expect("an address"), port: 4000 };
        for order in [
            AppOrder::Reset,
            AppOrder::Connect { app: App::Source, to: to("192.0.2.1") },
            AppOrder::Connect { app: App::Echo, to: to("2001:db8::1") },
            AppOrder::Write { conn: 3, octets: 70_000 },
            AppOrder::Close(0),
            AppOrder::Abort(255),
        ] {
            assert_eq!(order.to_string().parse(), Ok(order));
        }
        for wrong in ["", "connect echo nowhere", "write 0", "close 256", "open 1"] {
            assert!(wrong.parse::<AppOrder>().is_err(), "{wrong}");
        }
    }
}
