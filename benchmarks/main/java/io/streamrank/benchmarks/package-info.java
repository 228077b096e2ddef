/** What things cost: JMH benchmarks. The README beside them says how to run them. */
@NullMarked
package io.streamrank.benchmarks;

import org.jspecify.annotations.NullMarked;
