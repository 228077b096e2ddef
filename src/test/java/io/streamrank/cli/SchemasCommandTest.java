package io.streamrank.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.contract.EventKind;
import io.streamrank.contract.Framing;
import io.streamrank.testing.FakeRegistry;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SchemasCommandTest {
    private FakeRegistry registry;

    @BeforeEach
    void start() throws IOException {
        registry = FakeRegistry.start();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void registersWhatIsMissingOnce() {
        CommandAnswer missing = check();
        CommandAnswer planned = register("--dry-run");
        CommandAnswer done = register();
        int asked = registry.requests().size();
        CommandAnswer again = register();
        CommandAnswer present = check();

        assertThat(missing.exitCode()).isEqualTo(ExitCode.CONDITION);
        assertThat(missing.out()).contains("rerank.candidates-value").containsPattern("CandidateList 2 +missing");
        assertThat(planned.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(planned.out()).containsPattern("RankedList 1 +would be registered");
        assertThat(done.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(done.out()).containsPattern("BatchStatistics 3 +registered now, id \\d+");
        assertThat(again.out())
                .containsPattern("BatchStatistics 3 +version 3, id \\d+")
                .doesNotContain("now");
        assertThat(registry.requests().subList(asked, registry.requests().size()))
                .noneMatch(request -> request.startsWith("POST /subjects"));
        assertThat(present.exitCode()).as(present.out()).isEqualTo(ExitCode.OK);
        assertThat(present.out()).contains("compatibility NONE");
    }

    /** An old version put after a new one would be taken for the latest. */
    @Test
    void leavesOutWhatALaterVersionHasFollowedAlready() {
        EventKind kind = EventKind.CANDIDATE_LIST;
        registry.register("rerank.candidates-value", kind.released().get(1).toString(true));

        assertThat(register().out())
                .containsPattern("CandidateList 1 +left out")
                .containsPattern("CandidateList 2 +version 1, id");
        assertThat(check().exitCode()).isEqualTo(ExitCode.OK);
    }

    @Test
    void aRefusalIsToldAndTheOthersAreRegistered() {
        registry.register(
                "rerank.candidates-value", EventKind.JUDGMENT.current().toString());
        registry.refuseChanges();

        CommandAnswer planned = register("--dry-run");
        CommandAnswer answer = register();

        assertThat(planned.exitCode()).isEqualTo(ExitCode.CONDITION);
        assertThat(planned.out()).containsPattern("CandidateList 2 +would be refused");
        assertThat(answer.exitCode()).isEqualTo(ExitCode.CONDITION);
        assertThat(answer.out())
                .containsPattern("CandidateList 2 +refused")
                .containsPattern("not released here +version 1, id \\d+, cannot be read")
                .containsPattern("Throughput 1 +registered now");
    }

    @Test
    void subjectsAreNamedAsAsked() {
        register(Map.of("streamrank.registry.subjects", "topic-record"));

        assertThat(registry.requests())
                .contains("POST /subjects/rerank.ranked-io.streamrank.events.RankedList/versions");
    }

    @Test
    void whatIsWrongIsToldWithTheSettingToLookAt() {
        registry.failWith(FakeRegistry.Fault.FORBIDDEN);
        CommandAnswer forbidden =
                register(Map.of("streamrank.registry.username", "me", "streamrank.registry.password", "s3cret"));
        CommandAnswer half = register(Map.of("streamrank.registry.username", "me"));
        CommandAnswer none = CommandAnswer.to(new SchemasCheckCommand(StreamrankConfigTest.config(Map.of())));

        assertThat(forbidden.exitCode()).isEqualTo(ExitCode.KAFKA);
        assertThat(forbidden.err()).contains("streamrank.registry.password").doesNotContain("s3cret");
        assertThat(registry.authorizations()).allMatch("Basic bWU6czNjcmV0"::equals);
        assertThat(half.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(none.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(none.err()).contains("streamrank.registry.url");
    }

    @Test
    void idsAreWrittenOnlyWhereAskedForAndKnown() {
        Map<String, String> asked = Map.of("streamrank.registry.write", "registry");
        try (EventFraming framing = EventFraming.of(config(Map.of()))) {
            assertThat(framing.waiting(EventKind.RANKED_LIST).writtenIds()).isEmpty();
        }
        try (EventFraming framing = EventFraming.of(config(asked))) {
            assertThatThrownBy(() -> framing.waiting(EventKind.RANKED_LIST))
                    .hasMessageContaining("streamrank schemas register");
            register();
            assertThat(framing.waiting(EventKind.RANKED_LIST).writtenIds()).containsOnlyKeys(EventKind.RANKED_LIST);
        }
        assertThatThrownBy(() -> EventFraming.of(StreamrankConfigTest.config(asked)))
                .hasMessageContaining("streamrank.registry.url");
        try (EventFraming framing = EventFraming.of(StreamrankConfigTest.config(Map.of()))) {
            assertThat(framing.polling(EventKind.RANKED_LIST)).isEqualTo(Framing.SINGLE_OBJECT);
        }
    }

    @Test
    void aMissingSchemaIsRegisteredAtStartWhereThatIsAllowed() {
        try (EventFraming framing = EventFraming.of(
                config(Map.of("streamrank.registry.write", "registry", "streamrank.registry.auto-register", "true")))) {
            assertThat(framing.polling(EventKind.RANKED_LIST).writtenIds()).hasSize(1);
        }
        assertThat(registry.requests()).contains("POST /subjects/rerank.ranked-value/versions");
    }

    private CommandAnswer check() {
        return CommandAnswer.to(new SchemasCheckCommand(config(Map.of())));
    }

    private CommandAnswer register(String... arguments) {
        return CommandAnswer.to(new SchemasRegisterCommand(config(Map.of())), arguments);
    }

    private CommandAnswer register(Map<String, String> settings) {
        return CommandAnswer.to(new SchemasRegisterCommand(config(settings)));
    }

    private StreamrankConfig config(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("streamrank.registry.url", registry.url().toString());
        return StreamrankConfigTest.config(all);
    }
}
