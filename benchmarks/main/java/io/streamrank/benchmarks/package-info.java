/** What things cost: JMH benchmarks, and their recorded results under {@code benchmarks/results}. */
@NullMarked
package io.streamrank.benchmarks;

import org.jspecify.annotations.NullMarked;
