// SPDX-License-Identifier: Apache-2.0
#include "mapped_map.h"

#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

MappedMap::MappedMap(bpf_map *map) {
  stride_bytes_ = (bpf_map__value_size(map) + 7) & ~size_t{7};
  entries_ = bpf_map__max_entries(map);
  size_t page_bytes = sysconf(_SC_PAGESIZE);
  length_bytes_ = (stride_bytes_ * entries_ + page_bytes - 1) & ~(page_bytes - 1);
  data_ = mmap(nullptr, length_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
  if (data_ == MAP_FAILED) {
    data_ = nullptr;
    throw std::runtime_error(std::string("mmap of map ") + bpf_map__name(map) + ": " + strerror(errno));
  }
}

MappedMap::~MappedMap() {
  if (data_) munmap(data_, length_bytes_);
}

MappedMap::MappedMap(MappedMap &&other) noexcept { *this = std::move(other); }

MappedMap &MappedMap::operator=(MappedMap &&other) noexcept {
  std::swap(data_, other.data_);
  std::swap(length_bytes_, other.length_bytes_);
  std::swap(stride_bytes_, other.stride_bytes_);
  std::swap(entries_, other.entries_);
  return *this;
}
