"""Social assistance: dibao, 特困, 边缘, 刚性支出, temporary relief, old-age allowance, and the review of what runs."""
