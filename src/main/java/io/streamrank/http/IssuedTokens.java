package io.streamrank.http;

import io.streamrank.http.AccessSettings.Issuer;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwk.HttpsJwks;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.resolvers.HttpsJwksVerificationKeyResolver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks access tokens of an OpenID Connect issuer: JWTs, signed with one of the keys that the issuer publishes. These
 * are fetched at the first token and again when one names a key that is not known yet. Thread-safe; may wait for the
 * issuer.
 */
final class IssuedTokens {
    private static final Logger LOG = LoggerFactory.getLogger(IssuedTokens.class);

    /** How far clocks may be apart. */
    private static final int SKEW_SECONDS = 30;

    /** A token with an unknown key makes the keys be fetched, but no more often than this. */
    static final Duration REFETCH = Duration.ofSeconds(1);

    /** Signatures with a private key: nobody who can check one can make one. */
    private static final String[] ALGORITHMS = {
        AlgorithmIdentifiers.RSA_USING_SHA256,
        AlgorithmIdentifiers.RSA_USING_SHA384,
        AlgorithmIdentifiers.RSA_USING_SHA512,
        AlgorithmIdentifiers.RSA_PSS_USING_SHA256,
        AlgorithmIdentifiers.RSA_PSS_USING_SHA384,
        AlgorithmIdentifiers.RSA_PSS_USING_SHA512,
        AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256,
        AlgorithmIdentifiers.ECDSA_USING_P384_CURVE_AND_SHA384,
        AlgorithmIdentifiers.ECDSA_USING_P521_CURVE_AND_SHA512,
        AlgorithmIdentifiers.EDDSA
    };

    /** A signed JWT: header, claims and signature, in base64url. */
    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9_-]++\\.[A-Za-z0-9_-]++\\.[A-Za-z0-9_-]++");

    private final Issuer issuer;
    private final IssuerDocuments documents = new IssuerDocuments();
    private volatile @Nullable JwtConsumer consumer;

    IssuedTokens(Issuer issuer) {
        this.issuer = issuer;
    }

    /** Why it is refused for its shape alone; empty where one must look closer. Never waits. */
    Optional<String> refusalOfShape(String token) {
        return SHAPE.matcher(token).matches() ? Optional.empty() : Optional.of(notSigned());
    }

    /**
     * Why a token is refused; empty where it is accepted.
     *
     * @throws ApiException if the issuer cannot be asked for its keys
     */
    Optional<String> refusal(String token) {
        try {
            consumer().processToClaims(token);
            return Optional.empty();
        } catch (InvalidJwtException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof IOException unreachable) {
                    throw unreachable(unreachable);
                }
            }
            return Optional.of(reason(e));
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /** In words of one's own: the library's quote the token. */
    private String reason(InvalidJwtException invalid) {
        if (invalid.hasExpired()) {
            return "it has expired";
        }
        if (invalid.hasErrorCode(ErrorCodes.AUDIENCE_INVALID) || invalid.hasErrorCode(ErrorCodes.AUDIENCE_MISSING)) {
            return "it is not meant for the audience " + issuer.audience();
        }
        if (invalid.hasErrorCode(ErrorCodes.ISSUER_INVALID) || invalid.hasErrorCode(ErrorCodes.ISSUER_MISSING)) {
            return "it is not of the issuer " + issuer.url();
        }
        return notSigned();
    }

    private String notSigned() {
        return "it is not a JWT, in force, that a key of " + issuer.url() + " has signed";
    }

    private ApiException unreachable(IOException cause) {
        LOG.debug("An access token cannot be checked", cause);
        return ApiException.unavailable("access tokens cannot be checked at present: the issuer " + issuer.url()
                + " does not answer as it should; this process's log says more");
    }

    private JwtConsumer consumer() throws IOException {
        JwtConsumer known = consumer;
        return known == null ? discover() : known;
    }

    private synchronized JwtConsumer discover() throws IOException {
        JwtConsumer known = consumer;
        if (known != null) {
            return known;
        }
        HttpsJwks keys = new HttpsJwks(documents.keysUrl(issuer.url()));
        keys.setSimpleHttpGet(documents);
        keys.setRefreshReprieveThreshold(REFETCH.toMillis());
        JwtConsumer built = new JwtConsumerBuilder()
                .setVerificationKeyResolver(new HttpsJwksVerificationKeyResolver(keys))
                .setJwsAlgorithmConstraints(new AlgorithmConstraints(ConstraintType.PERMIT, ALGORITHMS))
                .setExpectedIssuer(issuer.url())
                .setExpectedAudience(issuer.audience())
                .setRequireExpirationTime()
                .setAllowedClockSkewInSeconds(SKEW_SECONDS)
                .build();
        consumer = built;
        return built;
    }
}
