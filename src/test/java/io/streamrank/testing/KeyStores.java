package io.streamrank.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Keys and certificates for tests, by the JDK's keytool: each name its own key, trusted only where told. */
public final class KeyStores {
    /** Opens every store and key. */
    public static final String PASSWORD = "correct-horse-battery-staple";

    private final Path folder;

    public KeyStores(Path folder) {
        this.folder = folder;
    }

    /** Makes a key with a self-signed certificate for 127.0.0.1. */
    public KeyStores withKey(String name) throws IOException, InterruptedException {
        keytool(
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "SAN=ip:127.0.0.1",
                "-validity",
                "2",
                "-keystore",
                keys(name));
        keytool("-exportcert", "-alias", name, "-keystore", keys(name), "-file", certificate(name));
        return this;
    }

    /** Lets one trust another's certificate. */
    public KeyStores withTrust(String name, String trusted) throws IOException, InterruptedException {
        keytool("-importcert", "-noprompt", "-alias", trusted, "-file", certificate(trusted), "-keystore", trust(name));
        return this;
    }

    /** The Kafka properties of one who shows a certificate. */
    public Map<String, String> identity(String name) {
        return Map.of(
                "ssl.keystore.location", keys(name),
                "ssl.keystore.password", PASSWORD,
                "ssl.key.password", PASSWORD);
    }

    /** The Kafka properties of one who knows whom to trust. */
    public Map<String, String> trusting(String name) {
        return Map.of("ssl.truststore.location", trust(name), "ssl.truststore.password", PASSWORD);
    }

    private String keys(String name) {
        return folder.resolve(name + ".keys.p12").toString();
    }

    private String trust(String name) {
        return folder.resolve(name + ".trust.p12").toString();
    }

    private String certificate(String name) {
        return folder.resolve(name + ".cer").toString();
    }

    private void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(process.waitFor()).as(command.toString()).isZero();
    }
}
