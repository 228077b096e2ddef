package io.streamrank.replay.scale;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * One bound for the memory of all stores on disk of this process; by default each would have its own. Kafka Streams makes
 * one for each store.
 */
public final class StoreMemory implements RocksDBConfigSetter {
    /** The property that holds the bound, in bytes. */
    static final String BYTES = "streamrank.store.memory.bytes";

    private static final double OF_IT_FOR_INDEXES = 0.1;

    private static @Nullable Shared shared;

    private record Shared(Cache cache, WriteBufferManager writeBuffers) {}

    private static synchronized Shared shared(long bytes) {
        Shared made = shared;
        if (made == null) {
            RocksDB.loadLibrary();
            // Not strict: a read that would go beyond it shall not fail.
            Cache cache = new LRUCache(bytes, -1, false, OF_IT_FOR_INDEXES);
            made = new Shared(cache, new WriteBufferManager(bytes / 2, cache));
            shared = made;
        }
        return made;
    }

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
        Shared memory = shared(Long.parseLong(String.valueOf(configs.get(BYTES))));
        BlockBasedTableConfig table = (BlockBasedTableConfig) options.tableFormatConfig();
        table.setBlockCache(memory.cache());
        table.setCacheIndexAndFilterBlocks(true);
        table.setCacheIndexAndFilterBlocksWithHighPriority(true);
        table.setPinTopLevelIndexAndFilter(true);
        options.setWriteBufferManager(memory.writeBuffers());
        options.setTableFormatConfig(table);
    }

    @Override
    public void close(String storeName, Options options) {
        // The memory is everybody's, for as long as the process lives.
    }
}
