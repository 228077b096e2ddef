package io.streamrank.replay.scale;

import io.streamrank.contract.Framing;
import io.streamrank.replay.scale.MeasureSums.Change;
import java.util.List;
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
 * would tell that has read everything first.
 */
public final class MeasuresTopology {
    private static final String BY_QUERY = "by-query";
    private static final String BY_TOTAL = "by-total";

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
        KStream<String, QueryEvent> ranked = builder.stream(settings.rankedTopics(), consumed.withName("ranked"))
                .process(() -> new Rankings(settings, framing, leftOut), Named.as("ranked-queries"));
        KStream<String, QueryEvent> judged = builder.stream(settings.judgmentsTopic(), consumed.withName("judgments"))
                .process(() -> new Judgments(judgments, leftOut), Named.as("judged-queries"));
        KStream<String, QueryUpdate> updates = ranked.merge(judged, Named.as("both"))
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
        updates.flatMap((query, update) -> update.changes(), Named.as("changes"))
                .repartition(Repartitioned.with(Serdes.String(), JsonSerde.of(Change.class))
                        .withName(BY_TOTAL)
                        .withNumberOfPartitions(settings.partitions()))
                .process(SumUpdates.supplier(), Named.as("sums"))
                .map(
                        (key, sums) -> KeyValue.pair(
                                records.totalKey(Total.parse(key)), records.totalValue(Total.parse(key), sums)),
                        Named.as("total-records"))
                .to(settings.totalsTopic(), Produced.with(bytes, bytes).withName("totals"));
        return builder.build();
    }

    /** The internal topics between the steps, in the order in which records pass through them. */
    static List<String> internalTopics(MeasuresSettings settings) {
        return List.of(
                settings.application() + "-" + BY_QUERY + "-repartition",
                settings.application() + "-" + BY_TOTAL + "-repartition");
    }
}
