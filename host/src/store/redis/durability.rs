//! Whether this Redis keeps what it is given.

use redis::cmd;

use super::RedisStore;
use crate::store::{
    Result, StoreError,
    upkeep::{Doubt, Kept},
};

impl RedisStore {
    /// As it says itself; that it does not tell is a doubt, too.
    pub(super) async fn own_doubts(&self, kept: Kept) -> Result<Vec<Doubt>> {
        // INFO rather than CONFIG: hosted servers forbid the latter more often. Whoever forbids both learns that it is unknown.
        let mut texts = Vec::new();
        for section in ["persistence", "memory"] {
            match self.on_each_node::<String>(cmd("INFO").arg(section)).await {
                Ok(parts) => texts.extend(parts),
                Err(StoreError::Statement(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(judge(&texts, kept))
    }
}

fn judge(texts: &[String], kept: Kept) -> Vec<Doubt> {
    // Of the nodes of a cluster, the one that differs from what is good.
    let value = |name: &str, good: &str| {
        let lines = texts.iter().flat_map(|text| text.lines());
        let mut values = lines.filter_map(|line| line.trim_end().strip_prefix(name)?.strip_prefix(':')).peekable();
        let first = values.peek().copied();
        values.find(|value| *value != good).or(first)
    };
    let lost = match kept {
        Kept::Accounts => "accounts made since the last snapshot are lost",
        Kept::Sessions => "everybody is signed out",
    };
    let thrown = match kept {
        Kept::Accounts => "Redis throws accounts away when its memory is full",
        Kept::Sessions => "Redis throws sessions and limits away when its memory is full",
    };
    let append = "appendonly yes";
    let keep = "maxmemory-policy noeviction";
    let mut doubts = Vec::new();
    match value("aof_enabled", "1") {
        Some("1") => {}
        Some(_) => doubts.push(Doubt { problem: format!("Redis has appendonly off: at a crash or restart {lost}"), mend: append }),
        None => doubts
            .push(Doubt { problem: format!("Redis does not tell whether appendonly is on; without it {lost} at a crash"), mend: append }),
    }
    match value("maxmemory_policy", "noeviction") {
        Some("noeviction") => {}
        Some(policy) => doubts.push(Doubt { problem: format!("Redis has maxmemory-policy {policy}: {thrown}"), mend: keep }),
        None => doubts
            .push(Doubt { problem: format!("Redis does not tell its maxmemory-policy; with any but noeviction {thrown}"), mend: keep }),
    }
    doubts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_may_be_lost() {
        let sound = "# Persistence\r\naof_enabled:1\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n".to_owned();
        assert_eq!(judge(std::slice::from_ref(&sound), Kept::Accounts), []);
        // The second node of a cluster.
        let bad = [sound, "aof_enabled:0\r\nmaxmemory_policy:allkeys-lru\r\n".to_owned()];
        let problems: Vec<String> = judge(&bad, Kept::Accounts).into_iter().map(|doubt| doubt.problem).collect();
        assert!(
            problems[0].contains("accounts made since") && problems[1].contains("allkeys-lru: Redis throws accounts away"),
            "{problems:?}"
        );
        assert!(judge(&bad, Kept::Sessions)[0].problem.contains("signed out"));
        assert!(judge(&[], Kept::Accounts).iter().all(|doubt| doubt.problem.contains("does not tell")), "forbidden is unknown");
    }
}
