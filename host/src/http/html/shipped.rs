//! What the providers that are shipped and the gateway's own fields say, in Russian. Providers speak English; whatever is not here
//! stays as it is.

use super::language::Language;

/// In English as it is said, and in Russian.
const PHRASES: &[(&str, &str)] = &[
    ("E-mail and password", "Электронная почта и пароль"),
    ("Login name and password", "Логин и пароль"),
    ("Code by e-mail", "Код по электронной почте"),
    ("Authenticator app", "Приложение-аутентификатор"),
    ("Facebook token", "Токен Facebook"),
    ("Facebook user id", "Номер пользователя Facebook"),
    ("Sign up and in with an e-mail address and a password.", "Регистрация и вход по адресу электронной почты и паролю."),
    ("Sign up and in with a name of your choice and a password.", "Регистрация и вход по имени на ваш выбор и паролю."),
    ("Sign up and in with a code that is sent to your e-mail address.", "Регистрация и вход по коду, который придёт на вашу почту."),
    ("Sign up and in with a Facebook account.", "Регистрация и вход через Facebook."),
    (
        "A second factor: six digits from an app such as Aegis, Google Authenticator or 1Password.",
        "Второй фактор: шесть цифр из приложения, например Aegis, Google Authenticator или 1Password.",
    ),
    ("8 to 128 characters; a few random words make a good one.", "От 8 до 128 символов; хорошо подходят несколько случайных слов."),
    ("3 to 60 letters, digits, dots, hyphens and underscores.", "От 3 до 60 латинских букв, цифр, точек, дефисов и подчёркиваний."),
    ("A code will be sent there.", "На этот адрес придёт код."),
    ("The six digits from the mail.", "Шесть цифр из письма."),
    ("The six digits that the app shows.", "Шесть цифр, которые показывает приложение."),
    ("Note (the invited person does not see it)", "Заметка (приглашённый её не увидит)"),
    ("A lower-case letter, then letters, digits, _ and -", "Строчная латинская буква, затем буквы, цифры, _ и -"),
    ("Instead of the second factor; each works once.", "Вместо второго фактора; каждый действует один раз."),
    (
        "The access token that Facebook's SDK gave your app, or the ID token of Limited Login.",
        "Токен доступа, который приложение получило от SDK Facebook, или ID-токен Limited Login.",
    ),
    (
        "With an ID token of Limited Login: the nonce that your app asked Facebook to put into it.",
        "С ID-токеном Limited Login: nonce, который приложение передало Facebook.",
    ),
    ("The person's id for your app.", "Номер этого человека для вашего приложения."),
    ("A code is on its way to your e-mail address.", "Код отправлен на ваш адрес электронной почты."),
    ("Type the six digits that your authenticator app shows.", "Введите шесть цифр, которые показывает приложение-аутентификатор."),
    (
        "Scan the code with your authenticator app, or type the secret into it; then type the six digits that it shows.",
        "Отсканируйте код приложением-аутентификатором или введите в него ключ, затем введите шесть цифр, которые оно показывает.",
    ),
];

/// The same in the page's language, if it is known there.
pub(super) fn say(language: Language, english: &str) -> &str {
    known(language, english).unwrap_or(english)
}

/// What is known in the page's language. English always is.
pub(super) fn known(language: Language, english: &str) -> Option<&str> {
    match language {
        Language::English => Some(english),
        Language::Russian => PHRASES.iter().find(|(known, _)| *known == english).map(|(_, russian)| *russian),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_translated_stays_as_it_is() {
        assert_eq!(say(Language::Russian, "Authenticator app"), "Приложение-аутентификатор");
        assert_eq!(say(Language::English, "Authenticator app"), "Authenticator app");
        assert_eq!((say(Language::Russian, "Hello"), known(Language::Russian, "Hello")), ("Hello", None));
    }
}
