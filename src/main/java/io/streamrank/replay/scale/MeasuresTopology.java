package io.streamrank.replay.scale;

import static java.util.Objects.requireNonNull;

import io.streamrank.contract.Framing;
import io.streamrank.replay.scale.MeasureSums.Change;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;

/**
 * From rankings and judgments to measures. Both are brought together by query, where a ranking or a judgment more changes
 * the values of that query; the changes are brought together by contender, and change its sums. So a grade that comes
 * late, or is corrected, corrects the measures, and the last record of each query and contender is what a single process
 * would tell that has read everything first. What is left out is counted by reason in the same way, so that the counts
 * too are of each record once, whatever instance has met it.
 */
public final class MeasuresTopology {
    private static final String BY_QUERY = "by-query";
    private static final String BY_TOTAL = "by-total";
    private static final String BY_REASON = "by-reason";

    private MeasuresTopology() {}

    /** The topology of these settings; run it with exactly-once processing. */
    public static Topology of(MeasuresSettings settings, JudgmentReader judgments, Framing framing) {
        return of(settings, judgments, framing, new LeftOut());
    }

    static Topology of(MeasuresSettings settings, JudgmentReader judgments, Framing framing, LeftOut leftOut) {
        StreamsBuilder builder = new StreamsBuilder();
        Serde<byte[]> bytes = Serdes.ByteArray();
        MeasureRecords records = new MeasureRecords(settings);
        Consumed<byte[], byte[]> consumed =
                Consumed.with(bytes, bytes).withOffsetResetPolicy(AutoOffsetReset.earliest());
        KStream<String, SourceEvent> ranked = builder.stream(settings.rankedTopics(), consumed.withName("ranked"))
                .process(() -> new Rankings(settings, framing, leftOut), Named.as("ranked-queries"));
        KStream<String, SourceEvent> judged = builder.stream(settings.judgmentsTopic(), consumed.withName("judgments"))
                .process(() -> new Judgments(settings, judgments, leftOut), Named.as("judged-queries"));
        KStream<String, SourceEvent> both = ranked.merge(judged, Named.as("both"));
        KStream<String, MeasureSums> leftOutSums = both.filter(
                        (query, source) -> source.leftOut() != null, Named.as("left-out"))
                .map(
                        (query, source) -> KeyValue.pair(
                                Total.leftOut(requireNonNull(source.leftOut())).key(), Change.ofCount(1)),
                        Named.as("left-out-changes"))
                .repartition(Repartitioned.with(Serdes.String(), JsonSerde.of(Change.class))
                        .withName(BY_REASON)
                        .withNumberOfPartitions(1))
                .process(SumUpdates.supplier(BY_REASON), Named.as("left-out-sums"));
        KStream<String, QueryUpdate> updates = both.flatMapValues(SourceEvent::events, Named.as("query-events"))
                .repartition(Repartitioned.with(Serdes.String(), JsonSerde.of(QueryEvent.class))
                        .withName(BY_QUERY)
                        .withNumberOfPartitions(settings.partitions()))
                .process(QueryUpdates.supplier(settings), Named.as("queries"));
        updates.filter((query, update) -> update.isToBeTold(), Named.as("told"))
                .map(
                        (query, update) ->
                                KeyValue.pair(records.queryKey(query), records.queryValue(query, update.after())),
                        Named.as("query-records"))
                .to(settings.measuresTopic(), Produced.with(bytes, bytes).withName("measures"));
        KStream<String, MeasureSums> sums = updates.flatMap((query, update) -> update.changes(), Named.as("changes"))
                .repartition(Repartitioned.with(Serdes.String(), JsonSerde.of(Change.class))
                        .withName(BY_TOTAL)
                        .withNumberOfPartitions(settings.partitions()))
                .process(SumUpdates.supplier("sums"), Named.as("sums"));
        tell(sums, "total-records", "totals", records, settings);
        tell(leftOutSums, "left-out-records", "left-out-totals", records, settings);
        return builder.build();
    }

    private static void tell(
            KStream<String, MeasureSums> sums,
            String mapping,
            String sink,
            MeasureRecords records,
            MeasuresSettings settings) {
        sums.map(
                        (key, sum) -> KeyValue.pair(
                                records.totalKey(Total.parse(key)), records.totalValue(Total.parse(key), sum)),
                        Named.as(mapping))
                .to(
                        settings.totalsTopic(),
                        Produced.with(Serdes.ByteArray(), Serdes.ByteArray()).withName(sink));
    }

    /** The internal topics between the steps, step by step in the order in which records pass through them. */
    static List<Set<String>> internalTopics(MeasuresSettings settings) {
        return List.of(
                Set.of(repartition(settings, BY_QUERY), repartition(settings, BY_REASON)),
                Set.of(repartition(settings, BY_TOTAL)));
    }

    private static String repartition(MeasuresSettings settings, String name) {
        return settings.application() + "-" + name + "-repartition";
    }
}
