use ed25519_dalek::{Signer, SigningKey};

use super::*;

fn ed25519(seed: u8) -> (SigningKey, String) {
    let key = SigningKey::from_bytes(&[seed; 32]);
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    (key, format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#))
}

#[test]
fn eddsa_signatures_are_told_apart() {
    let (key, jwk) = ed25519(1);
    let signature = key.sign(b"message").to_bytes();
    assert_eq!(verify(WitAlgorithm::Eddsa, &jwk, b"message", &signature), Ok(true));
    assert_eq!(verify(WitAlgorithm::Eddsa, &jwk, b"massage", &signature), Ok(false));
    assert_eq!(verify(WitAlgorithm::Eddsa, &jwk, b"message", &signature[..63]), Ok(false));
    assert_eq!(verify(WitAlgorithm::Eddsa, &jwk, b"message", &[0; 4096]), Ok(false));
    assert_eq!(verify(WitAlgorithm::Eddsa, &ed25519(2).1, b"message", &signature), Ok(false));
}

/// RFC 7515, appendix A.3.
#[test]
fn es256_of_the_standard() {
    let jwk =
        r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let message = b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature =
        URL_SAFE_NO_PAD.decode("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q").unwrap();
    assert_eq!(verify(WitAlgorithm::Es256, jwk, message, &signature), Ok(true));
    assert_eq!(verify(WitAlgorithm::Es256, jwk, &message[1..], &signature), Ok(false));
    assert!(verify(WitAlgorithm::Eddsa, jwk, message, &signature).is_err(), "the key decides what it is for");
    assert!(verify(WitAlgorithm::Rs256, jwk, message, &signature).is_err());
}

/// RFC 7515, appendix A.2.
#[test]
fn rs256_of_the_standard() {
    let n = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    let jwk = format!(r#"{{"kty":"RSA","alg":"RS256","use":"sig","n":"{n}","e":"AQAB"}}"#);
    let message = b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = URL_SAFE_NO_PAD
        .decode("cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw")
        .unwrap();
    assert_eq!(verify(WitAlgorithm::Rs256, &jwk, message, &signature), Ok(true));
    assert_eq!(verify(WitAlgorithm::Rs256, &jwk, b"other", &signature), Ok(false));
    for (wrong, why) in [
        (jwk.replace("RS256", "RS512"), "another algorithm"),
        (jwk.replace("\"sig\"", "\"enc\""), "not for signatures"),
        (jwk.replace("AQAB", "AQABAQAB"), "exponent"),
        (jwk.replace(n, &n[..200]), "2048 to 4096"),
        (jwk.replace(n, &n.repeat(3)), "2048 to 4096"),
        ("{}".to_owned(), "another type"),
        ("[]".to_owned(), "JWK"),
        ("x".repeat(MAX_JWK + 1), "too large"),
        (r#"{"kty":"oct","k":"c2VjcmV0"}"#.to_owned(), "another type"),
    ] {
        let error = verify(WitAlgorithm::Rs256, &wrong, message, &signature).unwrap_err();
        assert!(error.contains(why), "{error} is not {why}");
    }
}
