//! What Graph's errors mean, and whose they are: the caller's, the operator's, or Facebook's own.
//!
//! <https://developers.facebook.com/docs/graph-api/guides/error-handling>,
//! <https://developers.facebook.com/docs/graph-api/overview/rate-limiting>

use vestibule_plugin::{
    Refusal,
    crypto::CryptoError,
    http::{FetchError, Response},
};

use crate::{
    TOKEN,
    json::{self, Value},
    outside::Outside,
};

/// Whose token a call was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Ours, made of the app's id and secret: if it is refused, the operator's file is wrong.
    App,
    /// The caller's.
    User,
}

/// A mistake of the caller's: something about the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// 463, or past its end.
    Expired,
    /// Not a token at all, or one that Facebook did not make.
    Malformed,
    /// Made for another app.
    WrongApp,
    /// Not valid any more, for no stated reason (190, 102, 467).
    Revoked,
    /// 458: the person took the app's rights away, or never gave them.
    AppRemoved,
    /// 459, 464: the person has to see to something at Facebook first.
    Checkpoint,
    /// 460.
    PasswordChanged,
    /// 492: the session behind the token ended.
    SessionEnded,
    /// 10, 200 to 299.
    Permission,
    /// A page's or an app's own token.
    NotAPerson,
    /// An ID token whose nonce is not the one of the request.
    WrongNonce,
}

impl Problem {
    /// As the caller sees it.
    pub(crate) fn refusal(self) -> Refusal {
        let (code, message) = match self {
            Self::Expired => ("token_expired", "has expired: sign in with Facebook again to get a new one"),
            Self::Malformed => ("token_invalid", "is not a token that Facebook made: pass it on exactly as its SDK gave it"),
            Self::WrongApp => ("wrong_app", "was made for another Facebook app than this service's"),
            Self::Revoked => ("token_invalid", "is no longer valid: sign in with Facebook again to get a new one"),
            Self::AppRemoved => {
                ("token_invalid", "is no longer valid, because the app was removed at Facebook: sign in with Facebook again")
            }
            Self::Checkpoint => ("token_invalid", "cannot be used until you have signed in at www.facebook.com and done what it asks for"),
            Self::PasswordChanged => ("token_invalid", "ended when the Facebook password was changed: sign in with Facebook again"),
            Self::SessionEnded => ("token_invalid", "belongs to a Facebook session that has ended: sign in with Facebook again"),
            Self::Permission => ("token_invalid", "lacks a permission: sign in with Facebook again and allow public_profile"),
            Self::NotAPerson => ("token_invalid", "is not the token of a person"),
            Self::WrongNonce => ("token_invalid", "does not hold the nonce that was given with it"),
        };
        Refusal::invalid(TOKEN, code, message)
    }
}

/// Why there is no answer to be had.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The caller's.
    Caller(Problem),
    /// Too many calls: seconds to wait.
    Wait(u32),
    /// Facebook does not take the app's own credentials, or not what this provider does with them.
    Operator(GraphError),
    /// Facebook has trouble of its own.
    Facebook(GraphError),
    /// No JSON error, but no success either.
    Status(u16),
    /// An answer that Graph does not document.
    Strange(&'static str),
    /// No answer.
    Fetch(FetchError),
    /// The app's secret is not granted.
    Secret(CryptoError),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Caller(problem)
    }
}

impl Fault {
    /// As the gateway takes it; what the operator has to mend goes to the log at once.
    pub(crate) fn refusal(self, outside: &impl Outside) -> Refusal {
        match self {
            Self::Caller(problem) => problem.refusal(),
            Self::Wait(seconds) => Refusal::retry_after(seconds),
            Self::Operator(error) => {
                let reason = ["Facebook refuses this app (", &error.describe(), "): check app_id and app_secret"].concat();
                outside.error(&reason);
                Refusal::upstream(reason)
            }
            Self::Facebook(error) => Refusal::upstream(["Facebook has a problem: ", &error.describe()].concat()),
            Self::Status(status) => Refusal::upstream(["Facebook answers with status ", &status.to_string()].concat()),
            Self::Strange(what) => Refusal::upstream(["Facebook's answer is not as documented: ", what].concat()),
            Self::Fetch(error) => error.into(),
            Self::Secret(error) => error.into(),
        }
    }
}

/// Graph's error object. Its message is looked at, but never shown or logged: it can hold the token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GraphError {
    code: u64,
    subcode: u64,
    message: String,
    trace: String,
    wait: u32,
}

/// How long to wait when Facebook does not say.
const DEFAULT_WAIT: u32 = 60;

impl GraphError {
    /// The `error` of an answer, or of the `data` of `debug_token`.
    pub(crate) fn read(answer: &Value) -> Option<Self> {
        let error = json::member(answer, "error")?;
        let text = |name| json::text(error, name).unwrap_or_default().to_owned();
        Some(Self {
            code: json::count(error, "code").unwrap_or(0),
            subcode: json::count(error, "error_subcode").or_else(|| json::count(error, "subcode")).unwrap_or(0),
            message: text("message"),
            trace: text("fbtrace_id"),
            wait: DEFAULT_WAIT,
        })
    }

    /// What status 429 says without an error object.
    pub(crate) fn too_many() -> Self {
        Self { code: 4, subcode: 0, message: String::new(), trace: String::new(), wait: DEFAULT_WAIT }
    }

    /// With the time to wait that the answer's headers name.
    pub(crate) fn with_usage(self, response: &Response) -> Self {
        Self { wait: usage_wait(response).unwrap_or(self.wait), ..self }
    }

    /// What it means after a call with this token.
    pub(crate) fn fault(self, whose: Whose) -> Fault {
        match (self.code, whose) {
            (4 | 17 | 32 | 341 | 613, _) => Fault::Wait(self.wait),
            (1, _) if self.message.contains("client secret") => Fault::Operator(self),
            (100, _) if self.names_another_app() => Problem::WrongApp.into(),
            (190, _) if self.message.contains("validating application") => Fault::Operator(self),
            (100, Whose::App) if !self.message.contains("app access token") => Problem::Malformed.into(),
            (102 | 190, Whose::User) => self.token_problem().into(),
            (10 | 200..=299, Whose::User) => Problem::Permission.into(),
            (3 | 10 | 100 | 101 | 102 | 190 | 200..=299, _) => Fault::Operator(self),
            // 1, 2 and 368 say "try again later"; so does whatever is not documented.
            _ => Fault::Facebook(self),
        }
    }

    /// That a token is another app's is told from other parameters' errors by its text alone.
    fn names_another_app(&self) -> bool {
        self.message.contains("did not match the Viewing App")
    }

    /// The documented subcodes of 190 and 102.
    fn token_problem(&self) -> Problem {
        match self.subcode {
            458 => Problem::AppRemoved,
            459 | 464 => Problem::Checkpoint,
            460 => Problem::PasswordChanged,
            463 => Problem::Expired,
            492 => Problem::SessionEnded,
            0 if self.message.contains("expired") => Problem::Expired,
            0 if ["decrypt", "parse", "Malformed", "Bad signature"].iter().any(|word| self.message.contains(word)) => Problem::Malformed,
            _ => Problem::Revoked,
        }
    }

    /// For the log: the numbers, and the trace by which Facebook's support finds the call.
    fn describe(&self) -> String {
        let trace: String = self.trace.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
        ["code ", &self.code.to_string(), ", subcode ", &self.subcode.to_string(), ", fbtrace_id ", &trace].concat()
    }
}

/// `estimated_time_to_regain_access` is in minutes; with several limits the longest counts. At most a day.
fn usage_wait(response: &Response) -> Option<u32> {
    let minutes = ["x-business-use-case-usage", "x-app-usage"]
        .iter()
        .filter_map(|name| json::parse(response.header(name)?.as_bytes()))
        .filter_map(|usage| minutes_to_wait(&usage))
        .max()?;
    u32::try_from(minutes.saturating_mul(60).min(86_400)).ok()
}

/// In `X-App-Usage` it stands at the top; in `X-Business-Use-Case-Usage` in a list for each business.
fn minutes_to_wait(usage: &Value) -> Option<u64> {
    const NAME: &str = "estimated_time_to_regain_access";
    let Value::Object(businesses) = usage else { return None };
    let listed = businesses.values().flat_map(json::items).filter_map(|limit| json::count(limit, NAME));
    json::count(usage, NAME).into_iter().chain(listed).filter(|minutes| *minutes > 0).max()
}
