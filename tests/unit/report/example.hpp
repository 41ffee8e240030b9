// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report/results.hpp"

// A finished run with something in every member.
cpefleet::report::RunResults example_results();
