package io.streamrank.http;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * Who may ask the API. Where neither tokens nor an issuer are set, only this machine.
 *
 * @param tokens any of these opens it, as a bearer token; the first is what instances show each other
 * @param oidc whose access tokens open it too
 */
public record AccessSettings(List<String> tokens, Optional<Issuer> oidc) {
    /** This machine alone. */
    public static final AccessSettings LOCAL = new AccessSettings(List.of(), Optional.empty());

    /** A guess at random hits a token of so many characters too seldom to matter. */
    private static final int TOKEN_CHARS_MIN = 16;

    public AccessSettings {
        tokens = List.copyOf(tokens);
        for (int i = 0; i < tokens.size(); i++) {
            requireToken(tokens.get(i), i + 1);
        }
    }

    /** Says nothing of the token itself: it may differ from a real one by a slip only. */
    private static void requireToken(String token, int number) {
        if (token.length() < TOKEN_CHARS_MIN) {
            throw new IllegalArgumentException("token " + number + " must have at least " + TOKEN_CHARS_MIN
                    + " characters, not " + token.length());
        }
        if (!token.chars().allMatch(c -> c > ' ' && c <= '~')) {
            throw new IllegalArgumentException(
                    "token " + number + " must be of visible ASCII characters, without spaces");
        }
    }

    /**
     * An OpenID Connect issuer.
     *
     * @param url of the issuer, as its tokens name it
     * @param audience which tokens are meant for this API
     */
    public record Issuer(String url, String audience) {
        public Issuer {
            URI uri = uri(url);
            boolean secure = "https".equals(uri.getScheme());
            boolean local = "http".equals(uri.getScheme()) && LoopbackNames.contains(uri.getHost());
            if (!secure && !local) {
                throw new IllegalArgumentException("oidc.issuer must be an https URL, not " + url);
            }
            if (audience.isBlank()) {
                throw new IllegalArgumentException("oidc.audience must not be blank");
            }
        }

        private static URI uri(String url) {
            try {
                return URI.create(url);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("oidc.issuer must be an https URL, not " + url, e);
            }
        }
    }

    /** Whether one must show a credential. */
    boolean asksForCredentials() {
        return !tokens.isEmpty() || oidc.isPresent();
    }

    /** How many tokens, not which. */
    @Override
    public String toString() {
        return "AccessSettings[tokens=" + tokens.size() + ", oidc=" + oidc + "]";
    }
}
