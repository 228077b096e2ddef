package io.streamrank.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.streamrank.ingest.IngestSettings.GroupProtocol;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaClientsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"enable.auto.commit", "isolation.level", "group.id", "transactional.id", "auto.offset.reset"})
    void nobodySetsWhatExactlyOnceRestsOn(String reserved) {
        assertThatThrownBy(() -> settings(GroupProtocol.CLASSIC, "one", Map.of(reserved, "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reserved);
    }

    @Test
    void usersMayTuneWhatIsOnlyADefault() {
        KafkaClients clients = new KafkaClients(settings(
                GroupProtocol.CLASSIC,
                "one",
                Map.of("compression.type", "zstd", "fetch.max.bytes", "1000", "session.timeout.ms", "9000")));

        assertThat(clients.producerConfig()).containsEntry("compression.type", "zstd");
        assertThat(clients.consumerConfig())
                .containsEntry("fetch.max.bytes", "1000")
                .containsEntry("session.timeout.ms", "9000");
    }

    @ParameterizedTest
    @EnumSource
    void readsOnlyWhatIsCommittedAndCommitsOnlyInTransactions(GroupProtocol protocol) {
        KafkaClients clients = new KafkaClients(settings(protocol, "one", Map.of()));

        assertThat(clients.consumerConfig())
                .containsEntry("isolation.level", "read_committed")
                .containsEntry("enable.auto.commit", false)
                .containsEntry("auto.offset.reset", "none")
                .containsEntry("group.instance.id", "one");
        assertThat(clients.producerConfig()).containsEntry("transactional.id", "workers/one");
    }

    @Test
    void atLeastOnceHasAnIdempotentProducerWithoutTransactions() {
        IngestSettings exactly = settings(GroupProtocol.CLASSIC, "one", Map.of());
        IngestSettings atLeast = new IngestSettings(
                exactly.bootstrapServers(),
                exactly.groupId(),
                exactly.instanceId(),
                exactly.groupProtocol(),
                IngestSettings.Guarantee.AT_LEAST_ONCE,
                exactly.topics(),
                exactly.limits(),
                false,
                1,
                Map.of());

        assertThat(new KafkaClients(atLeast).producerConfig())
                .containsEntry("enable.idempotence", true)
                .doesNotContainKeys("transactional.id", "transaction.timeout.ms");
    }

    @ParameterizedTest
    @CsvSource({"60000, 30000, 10000", "600000, 30000, 10000", "6000, 3000, 1000"})
    void givesASendUpBeforeTheBrokerGivesUpItsTransaction(int transaction, int delivery, int request) {
        Limits limits = new TestingLimits()
                .transactionTimeout(Duration.ofMillis(transaction))
                .build();

        try (var producer = new KafkaClients(TestingEvents.settings(limits)).producer()) {
            assertThat(producer).isNotNull();
        }
        assertThat(new KafkaClients(TestingEvents.settings(limits)).producerConfig())
                .containsEntry("transaction.timeout.ms", transaction)
                .containsEntry("delivery.timeout.ms", delivery)
                .containsEntry("max.block.ms", delivery)
                .containsEntry("request.timeout.ms", request);
    }

    @ParameterizedTest
    @CsvSource({"67108864, 16777216, 4", "67108864, 100000000, 1", "67108864, 1000, 500"})
    void aPollBringsNoMoreThanMayBeInFlight(long inFlight, int event, int records) {
        Limits limits = new TestingLimits()
                .maxInFlightBytes(inFlight)
                .maxEventBytes(event)
                .build();

        assertThat(new KafkaClients(TestingEvents.settings(limits)).consumerConfig())
                .containsEntry("max.poll.records", records);
    }

    @Test
    void leavesTheSizeOfARecordToTheBroker() {
        Limits limits = new TestingLimits()
                .maxEventBytes(100 << 20)
                .maxCandidates(1_000_000)
                .build();

        Map<String, Object> config = new KafkaClients(TestingEvents.settings(limits)).producerConfig();

        int record = (100 << 20) + 16_000_000 + (1 << 20);
        assertThat(config).containsEntry("max.request.size", record).containsEntry("buffer.memory", 2L * record);
    }

    @Test
    void onlyTheClassicProtocolNamesAnAssignor() {
        Map<String, Object> classic =
                new KafkaClients(settings(GroupProtocol.CLASSIC, "one", Map.of())).consumerConfig();
        Map<String, Object> consumer =
                new KafkaClients(settings(GroupProtocol.CONSUMER, "one", Map.of())).consumerConfig();

        assertThat(classic).containsKey("partition.assignment.strategy");
        assertThat(consumer).doesNotContainKey("partition.assignment.strategy");
    }

    @Test
    void refusesAnInstanceIdThatCouldMakeAnothersTransactionalId() {
        assertThatThrownBy(() -> settings(GroupProtocol.CLASSIC, "a/b", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a/b");
    }

    private static IngestSettings settings(GroupProtocol protocol, String instanceId, Map<String, String> properties) {
        return new IngestSettings(
                "127.0.0.1:1",
                "workers",
                instanceId,
                protocol,
                IngestSettings.Guarantee.EXACTLY_ONCE,
                Topics.DEFAULT,
                Limits.DEFAULT,
                false,
                1,
                properties);
    }
}
