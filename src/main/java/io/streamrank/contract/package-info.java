/**
 * The domain: what comes in (a {@link io.streamrank.contract.RerankRequest}), what goes out (a {@link
 * io.streamrank.contract.Ranking}, or a {@link io.streamrank.contract.Rejection} where nothing could be ranked), and
 * their mapping to and from Avro. Knows no other room; nobody else touches the generated Avro classes.
 */
@NullMarked
package io.streamrank.contract;

import org.jspecify.annotations.NullMarked;
