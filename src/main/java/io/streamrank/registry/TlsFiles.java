package io.streamrank.registry;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Key stores, PKCS 12 or JKS.
 *
 * @param trusted whom to believe; absent for those that Java believes
 * @param own what to show of oneself; absent for nothing
 */
public record TlsFiles(Optional<Store> trusted, Optional<Store> own) {
    /** Java's own. */
    public static final TlsFiles NONE = new TlsFiles(Optional.empty(), Optional.empty());

    /** A file and its password. */
    public record Store(Path file, String password) {
        public Store {
            requireNonNull(file, "file");
            requireNonNull(password, "password");
        }

        /** Without the password. */
        @Override
        public String toString() {
            return "Store[file=" + file + "]";
        }
    }

    /**
     * What TLS is spoken with.
     *
     * @throws IllegalArgumentException if a file cannot be read
     */
    SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers(), trustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("streamrank.registry: TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    private KeyManager @Nullable [] keyManagers() throws GeneralSecurityException {
        if (own.isEmpty()) {
            return null;
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(loaded(own.get(), "keystore"), own.get().password().toCharArray());
        return factory.getKeyManagers();
    }

    private TrustManager @Nullable [] trustManagers() throws GeneralSecurityException {
        if (trusted.isEmpty()) {
            return null;
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(loaded(trusted.get(), "truststore"));
        return factory.getTrustManagers();
    }

    private static KeyStore loaded(Store store, String setting) throws GeneralSecurityException {
        // Java tells PKCS 12 and JKS apart itself.
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store.file())) {
            keys.load(in, store.password().toCharArray());
            return keys;
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "streamrank.registry." + setting + ": " + store.file() + " cannot be read with streamrank.registry."
                            + setting + "-password: " + e.getMessage(),
                    e);
        }
    }
}
