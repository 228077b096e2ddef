package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.streamrank.contract.EventKind;
import io.streamrank.registry.Registration;
import io.streamrank.registry.RegistryClient;
import io.streamrank.registry.RegistrySettings;
import io.streamrank.registry.TlsFiles;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** From configuration to a schema registry. */
final class RegistryAssembly {
    private static final String SETTING = "streamrank.registry.";

    private final StreamrankConfig config;
    private final StreamrankConfig.Registry registry;

    RegistryAssembly(StreamrankConfig config) {
        this.config = config;
        this.registry = config.registry();
    }

    /** Whether one is named. */
    boolean isSet() {
        return registry.url().isPresent();
    }

    /** Whether events are to be written with its ids. */
    boolean isWritten() {
        return registry.write() == StreamrankConfig.Registry.Writing.REGISTRY;
    }

    /** @throws IllegalArgumentException if something is missing or does not go together */
    RegistrySettings settings() {
        return new RegistrySettings(
                registry.url().orElse(List.of()),
                registry.group(),
                authorization(),
                new TlsFiles(
                        store("truststore", registry.truststore(), registry.truststorePassword()),
                        store("keystore", registry.keystore(), registry.keystorePassword())),
                registry.timeout(),
                registry.patience(),
                registry.unknownFor(),
                registry.maxSchemas(),
                registry.cacheDir());
    }

    private Optional<String> authorization() {
        if (registry.token().isPresent() && registry.username().isPresent()) {
            throw new IllegalArgumentException(SETTING + "token and " + SETTING + "username are both set: choose one");
        }
        if (registry.username().isPresent() != registry.password().isPresent()) {
            throw new IllegalArgumentException(SETTING + "username and " + SETTING + "password belong together");
        }
        return registry.token()
                .map(token -> "Bearer " + token)
                .or(() -> registry.username()
                        .map(name ->
                                "Basic " + encoded(name, registry.password().orElseThrow())));
    }

    private static String encoded(String name, String password) {
        return Base64.getEncoder().encodeToString((name + ":" + password).getBytes(UTF_8));
    }

    private static Optional<TlsFiles.Store> store(String name, Optional<Path> file, Optional<String> password) {
        if (file.isEmpty() && password.isPresent()) {
            throw new IllegalArgumentException(SETTING + name + "-password is set, but no " + SETTING + name);
        }
        return file.map(path -> new TlsFiles.Store(
                path,
                password.orElseThrow(() -> new IllegalArgumentException(
                        SETTING + name + "-password is missing: what " + path + " is read with"))));
    }

    /** How a kind of event stands under its subject. */
    Registration registration(RegistryClient client, EventKind kind) {
        String subject = registry.subjects().of(topic(kind), kind.current().getFullName());
        return new Registration(client, kind, subject);
    }

    /** Whether schemas that are missing are registered at start. */
    boolean mayRegister() {
        return registry.autoRegister();
    }

    private String topic(EventKind kind) {
        StreamrankConfig.Topics topics = config.topics();
        return switch (kind) {
            case CANDIDATE_LIST -> topics.candidates();
            case RANKED_LIST -> topics.ranked();
            case BATCH_STATISTICS -> topics.batches();
            case THROUGHPUT -> topics.throughput();
            case JUDGMENT -> topics.judgments();
        };
    }
}
