package io.streamrank.http;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * Who may ask the API. Where neither tokens nor an issuer are set, only this machine.
 *
 * @param tokens any of these opens it, as a bearer token
 * @param oidc whose access tokens open it too
 * @param peerToken what is shown to other instances where this one asks for credentials; where it is not set, the first
 *     of {@code tokens}
 */
public record AccessSettings(List<String> tokens, Optional<Issuer> oidc, Optional<String> peerToken) {
    /** This machine alone. */
    public static final AccessSettings LOCAL = new AccessSettings(List.of(), Optional.empty());

    /** A guess at random hits a token of so many characters too seldom to matter. */
    private static final int TOKEN_CHARS_MIN = 16;

    public AccessSettings {
        tokens = List.copyOf(tokens);
        for (int i = 0; i < tokens.size(); i++) {
            requireToken(tokens.get(i), "token " + (i + 1));
        }
        peerToken.ifPresent(token -> requireToken(token, "peer-token"));
    }

    /** Other instances are shown the first of the tokens. */
    public AccessSettings(List<String> tokens, Optional<Issuer> oidc) {
        this(tokens, oidc, Optional.empty());
    }

    /** Says nothing of the token itself: it may differ from a real one by a slip only. */
    private static void requireToken(String token, String name) {
        if (token.length() < TOKEN_CHARS_MIN) {
            throw new IllegalArgumentException(
                    name + " must have at least " + TOKEN_CHARS_MIN + " characters, not " + token.length());
        }
        if (!token.chars().allMatch(c -> c > ' ' && c <= '~')) {
            throw new IllegalArgumentException(name + " must be of visible ASCII characters, without spaces");
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

    /**
     * What is shown to other instances. None where anyone on this machine may ask, whom the others would not know; never
     * what opened this instance, which is somebody else's.
     */
    Optional<String> shownToPeers() {
        return asksForCredentials() ? peerToken.or(() -> tokens.stream().findFirst()) : Optional.empty();
    }

    /** How many tokens, not which. */
    @Override
    public String toString() {
        return "AccessSettings[tokens=" + tokens.size() + ", oidc=" + oidc + ", peerToken="
                + (peerToken.isPresent() ? "set" : "none") + "]";
    }
}
