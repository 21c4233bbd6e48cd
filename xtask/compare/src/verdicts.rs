//! Turns what was seen in the scenarios into the cells of the tables.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::peers::Peer;
use crate::server::Defect;

/// A cell: what was seen, and whether it is what a user needs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) is_good: bool,
}

/// What was seen in each scenario.
pub(crate) type Outcomes = BTreeMap<String, Value>;

/// The columns: the scenario, and the head of its column.
pub(crate) const COLUMNS: [(&str, &str); 11] = [
    ("calls", "C: refreshes for 5 calls"),
    ("tabs", "D: refreshes for 3 tabs"),
    ("callback", "B: callback handled twice"),
    ("replay", "B: callback opened again"),
    ("network", "E: network fails"),
    ("unavailable", "E: 503"),
    ("refused", "F: dead refresh token"),
    ("abandoned", "G: left by 10 sign-ins"),
    ("two-sign-ins", "L: 2 tabs sign in"),
    ("sign-out", "K: sign-out elsewhere"),
    ("forged", "H: forged callback"),
];

/// Returns the cell of a column.
pub(crate) fn cell(column: &str, outcomes: &Outcomes) -> Cell {
    let Some(seen) = outcomes.get(column) else { return bad("not driven") };
    if seen.get("failed").is_some() {
        return bad("not driven");
    }
    match column {
        "calls" => refreshes(seen),
        "tabs" | "sign-out" if !is(seen, "shared") => bad("tabs share no session"),
        "tabs" => refreshes(seen),
        "callback" => twice(seen),
        "replay" => replay(seen),
        "network" | "unavailable" => outage(seen),
        "refused" => refused(seen),
        "abandoned" => {
            let (entries, bytes) = (count(seen, "entries"), count(seen, "bytes"));
            let refused = match count(seen, "refused") {
                0 => String::new(),
                refused => format!(", {refused} not started"),
            };
            let is_good = entries <= MOST_ENTRIES && bytes <= MOST_BYTES && refused.is_empty();
            Cell { text: format!("{entries}, {bytes} B{refused}"), is_good }
        }
        "two-sign-ins" => match (is(seen, "first"), is(seen, "second")) {
            (true, true) => good("both"),
            (false, true) => bad("second only"),
            (true, false) => bad("first only"),
            (false, false) => bad("neither"),
        },
        "sign-out" if is(seen, "notices") => good("noticed"),
        "sign-out" => bad("not noticed"),
        "forged" => match (count(seen, "requests"), is(seen, "reported")) {
            (0, true) => good("refused"),
            (0, false) => bad("no error"),
            _ => bad("code sent"),
        },
        _ => bad("not driven"),
    }
}

/// Returns how many columns have what a user needs.
pub(crate) fn passed(outcomes: &Outcomes) -> usize {
    COLUMNS.iter().filter(|(column, _)| cell(column, outcomes).is_good).count()
}

/// Returns the cell of a defect.
pub(crate) fn defect(defect: Defect, peer: &Peer, outcomes: &Outcomes) -> Cell {
    let is_used = match defect {
        Defect::RedirectIssuer => !peer.sends_no_state,
        _ => !peer.uses_no_id_token,
    };
    if !is_used {
        return good("not used");
    }
    match accepts(defect, outcomes) {
        Some(true) => bad("accepted"),
        Some(false) => good("rejected"),
        None => bad("not driven"),
    }
}

/// Returns whether a sign-in with the defect was seen to fail.
pub(crate) fn rejects(defect: Defect, outcomes: &Outcomes) -> bool {
    accepts(defect, outcomes) == Some(false)
}

fn accepts(defect: Defect, outcomes: &Outcomes) -> Option<bool> {
    outcomes.get(&format!("defect-{}", defect.name()))?.get("accepted")?.as_bool()
}

fn refreshes(seen: &Value) -> Cell {
    let number = count(seen, "refreshes");
    if is(seen, "ended") {
        return bad(&format!("{number}, session ended"));
    }
    Cell { text: number.to_string(), is_good: number == 1 && count(seen, "valid") > 0 }
}

fn twice(seen: &Value) -> Cell {
    let exchanges = match count(seen, "exchanges") {
        1 => "1 exchange".to_owned(),
        number => format!("{number} exchanges"),
    };
    match (is(seen, "signedIn"), count(seen, "ok")) {
        (false, _) => bad(&format!("{exchanges}, session ended")),
        (true, 2) => good(&exchanges),
        (true, _) => bad(&format!("{exchanges}, one call fails")),
    }
}

fn replay(seen: &Value) -> Cell {
    match (is(seen, "keepsSession"), is(seen, "keepsToken"), is(seen, "isQuiet")) {
        (false, ..) => bad("session ended"),
        (true, false, _) => bad("no token on that page"),
        (true, true, false) => bad("error, session kept"),
        (true, true, true) => good("ignored"),
    }
}

fn outage(seen: &Value) -> Cell {
    let waited = count(seen, "waitedMs");
    let delay =
        if waited > LONG_MS { format!(", call takes {} s", waited / 1000) } else { String::new() };
    if is(seen, "expiredTokenHandedOut") {
        return bad("expired token given");
    }
    match (is(seen, "healed"), is(seen, "reloaded") || is(seen, "later")) {
        (_, false) if is(seen, "muchLater") => bad("kept, no token for a minute"),
        (_, false) => bad("session lost"),
        (true, true) => Cell { text: format!("kept{delay}"), is_good: waited <= LONG_MS },
        (false, true) => Cell { text: format!("kept, later{delay}"), is_good: waited <= LONG_MS },
    }
}

fn refused(seen: &Value) -> Cell {
    match (is(seen, "isKept"), count(seen, "refreshesAfterReload")) {
        (false, 0) => good("removed"),
        (false, _) => bad("removed, sent again"),
        (true, 0) => bad("kept"),
        (true, _) => bad("kept, sent again"),
    }
}

fn is(seen: &Value, name: &str) -> bool {
    seen.get(name).and_then(Value::as_bool).unwrap_or_default()
}

fn count(seen: &Value, name: &str) -> u64 {
    seen.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn good(text: &str) -> Cell {
    Cell { text: text.to_owned(), is_good: true }
}

fn bad(text: &str) -> Cell {
    Cell { text: text.to_owned(), is_good: false }
}

/// More entries than these, or more bytes, grow with each sign-in that the user leaves.
const MOST_ENTRIES: u64 = 6;
const MOST_BYTES: u64 = 4096;
/// A call that takes longer holds the app up.
const LONG_MS: u64 = 5_000;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn peer() -> Peer {
        Peer {
            id: "a".to_owned(),
            label: "a".to_owned(),
            is_ours: false,
            uses_no_id_token: false,
            sends_no_state: false,
            needs_react: false,
        }
    }

    fn seen(scenario: &str, value: Value) -> Outcomes {
        BTreeMap::from([(scenario.to_owned(), value)])
    }

    #[test]
    fn one_refresh_is_good_and_a_reuse_is_not() {
        let one = seen("calls", json!({ "refreshes": 1, "valid": 5, "ended": false }));
        assert_eq!(cell("calls", &one), good("1"));
        let five = seen("calls", json!({ "refreshes": 5, "valid": 0, "ended": true }));
        assert_eq!(cell("calls", &five), bad("5, session ended"));
        assert_eq!(passed(&one), 1);
    }

    #[test]
    fn a_scenario_that_failed_is_not_driven() {
        assert_eq!(cell("tabs", &seen("tabs", json!({ "failed": "x" }))), bad("not driven"));
        assert_eq!(cell("tabs", &Outcomes::new()), bad("not driven"));
        assert_eq!(defect(Defect::Nonce, &peer(), &Outcomes::new()), bad("not driven"));
    }

    #[test]
    fn an_id_token_that_is_not_used_is_not_rejected() {
        let accepted = seen("defect-nonce", json!({ "accepted": true }));
        assert_eq!(defect(Defect::Nonce, &peer(), &accepted), bad("accepted"));
        let peer = Peer { uses_no_id_token: true, ..peer() };
        assert_eq!(defect(Defect::Nonce, &peer, &accepted), good("not used"));
    }
}
