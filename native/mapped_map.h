// SPDX-License-Identifier: Apache-2.0
// A BPF array's memory in this process. Lives until its last user (a JS buffer or a reader) is gone,
// also when the BPF object is closed earlier: the mapping holds the map.
#pragma once
#include <cstddef>

struct bpf_map;

class MappedMap {
 public:
  MappedMap() = default;
  /** Maps the whole array; throws std::runtime_error when the kernel refuses. */
  explicit MappedMap(bpf_map *map);
  ~MappedMap();
  MappedMap(MappedMap &&other) noexcept;
  MappedMap &operator=(MappedMap &&other) noexcept;

  template <typename T>
  T *at(size_t index) const {
    return reinterpret_cast<T *>(static_cast<char *>(data_) + index * stride_bytes_);
  }
  size_t entries() const { return entries_; }

 private:
  void *data_ = nullptr;
  size_t length_bytes_ = 0;
  size_t stride_bytes_ = 0;
  size_t entries_ = 0;
};
